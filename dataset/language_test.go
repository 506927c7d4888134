package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// Names of months are read in every language, whole and short, and no other
// language takes them for other months.
func TestMonthsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, l := range languages().all {
		for word, names := range map[string][12]string{"whole": l.full, "short": l.short} {
			text := "period,value\n"
			for i := range 30 {
				text += fmt.Sprintf("%s %d,%d\n", names[(i+4)%12], 2020+(i+4)/12, 100+i*7%13)
			}
			p, err := Scan(t.Context(), strings.NewReader(text), DefaultLimits)
			if err != nil {
				t.Errorf("%s, %s: %v", l.code, word, err)
				continue
			}
			if p.FirstTime == nil || *p.FirstTime != "2020-05-01T00:00:00" || *p.LastTime != "2022-10-01T00:00:00" || len(p.NeedsChoice) > 0 {
				t.Errorf("%s, %s: from %v to %v, asks %v", l.code, word, *p.FirstTime, *p.LastTime, p.NeedsChoice)
			}
		}
	}
}

// A month that is another one in each of two languages is asked about.
func TestListopadIsAskedAbout(t *testing.T) {
	t.Parallel()
	text := "datum,value\n"
	for day := range 28 {
		text += fmt.Sprintf("%d. listopada 2023,%d\n", day+1, 100+day*7%13)
	}
	p, err := Scan(t.Context(), strings.NewReader(text), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.NeedsChoice) == 0 || p.NeedsChoice[0].Field != "time_column" || len(p.NeedsChoice[0].Options) < 2 || p.TimeCandidates[0].Confidence >= sure {
		t.Errorf("%+v, confidence %v", p.NeedsChoice, p.TimeCandidates[0].Confidence)
	}
}
