package dataset

import (
	"encoding/json"

	"github.com/pgcast/pgcast/forecast/series"
)

// suggestion is the forecast request that the profile proposes, in the words
// of the API.
type suggestion struct {
	TimeColumn   any      `json:"time_column,omitempty"` // a name, or a list of them
	Target       any      `json:"target"`
	IDColumns    []string `json:"id_columns,omitempty"`
	Horizon      int      `json:"horizon"`
	Frequency    string   `json:"frequency,omitempty"`
	SeasonLength int      `json:"season_length"`
	Aggregate    string   `json:"aggregate,omitempty"`
}

// horizonWithoutSeason is the number of steps ahead for data without a cycle.
const horizonWithoutSeason = 10

// suggest fills in the request that forecasts the file without further
// questions. Where the profile has to ask, it takes the first option.
func (c *conclusion) suggest() json.RawMessage {
	p := c.profile
	s := suggestion{Target: oneOrMany(p.Targets), IDColumns: p.SeriesID, SeasonLength: 1}
	freq := series.Frequency{Unit: series.Index, N: 1}
	if c.best != nil {
		s.TimeColumn = oneOrMany(c.best.names)
		freq = c.best.rhythm.freq
		if grids := c.grids(); !freq.Regular() && len(grids) > 0 {
			freq, _ = series.ParseFrequency(grids[0])
			s.Aggregate = "mean"
		}
	}
	if freq.Regular() {
		s.Frequency = freq.String()
		s.SeasonLength = freq.SeasonLength()
	}
	s.Horizon = s.SeasonLength
	if s.Horizon < 2 {
		s.Horizon = horizonWithoutSeason
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic("dataset: a suggestion of strings and numbers has no JSON form: " + err.Error())
	}
	return b
}

func oneOrMany(names []string) any {
	if len(names) == 1 {
		return names[0]
	}
	return names
}
