package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/holidays"
	"github.com/pgcast/pgcast/internal/job"
)

// exogenous checks the columns beside the target.
func (r *resolver) exogenous() error {
	asked := r.spec.Exogenous
	if asked == nil {
		return nil
	}
	r.plan.Exogenous = asked
	if layout := r.profile.Layout; layout == "wide_time" || layout == "matrix_year_by_month" {
		return &job.SpecError{Pointer: "/exogenous", Code: "not_supported", Detail: "a file whose times stand in its header has no columns beside the target",
			Hint: "write one row per time, with the column beside the target"}
	}
	for part, names := range map[string][]string{"future": asked.Future, "historic": asked.Historic} {
		for i, name := range names {
			if err := r.checkBeside(fmt.Sprintf("/exogenous/%s/%d", part, i), name); err != nil {
				return err
			}
		}
	}
	return nil
}

// notBeside are those of the columns that the request does not name as beside
// the target.
func (r *resolver) notBeside(names []string) job.Names {
	if r.spec.Exogenous == nil {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.Contains(r.spec.Exogenous.Future, name) || slices.Contains(r.spec.Exogenous.Historic, name)
	})
}

func (r *resolver) checkBeside(pointer, name string) error {
	fault := func(code, detail, hint string) error {
		return &job.SpecError{Pointer: pointer, Code: code, Detail: detail, Hint: hint}
	}
	p := &r.plan
	switch {
	case slices.Contains(p.Targets, name):
		return fault("invalid_field", fmt.Sprintf("%q is the target", name), "leave it out here, or choose another target")
	case slices.Contains(p.TimeColumns, name):
		return fault("invalid_field", fmt.Sprintf("%q holds the times", name), "leave it out here")
	case slices.Contains(p.IDColumns, name):
		return fault("invalid_field", fmt.Sprintf("%q tells the series apart", name), "leave it out here, or in id_columns")
	}
	var names []string
	for _, c := range r.profile.Columns {
		names = append(names, c.Name)
		if c.Name != name {
			continue
		}
		switch {
		case c.Type == "empty":
			return fault("exogenous_unusable", fmt.Sprintf("%q is empty", name), "fill it, or leave it out")
		case c.Type == "time":
			return fault("exogenous_unusable", fmt.Sprintf("%q holds times", name), "give numbers, or words such as yes and no")
		case c.Type == "text" && c.Distinct > dataset.MaxCategories:
			return fault("exogenous_unusable", fmt.Sprintf("%q holds %d different words, more than %d", name, c.Distinct, dataset.MaxCategories), "group them into fewer, or leave the column out")
		}
		return nil
	}
	return columnError(pointer, "column_not_found", name, names, "is not a column of the file")
}

// holidays checks the countries; a calendar needs times.
func (r *resolver) holidays() error {
	asked := r.spec.Holidays
	if asked == nil || len(asked.Countries)+len(asked.Events) == 0 {
		return nil
	}
	if r.candidate == nil || r.freq.Unit == series.Index {
		return &job.SpecError{Pointer: "/holidays", Code: "invalid_field", Detail: "a file without times has no holidays", Hint: "set time_column, or leave the field out"}
	}
	plan := &job.Holidays{Events: asked.Events}
	for i, country := range asked.Countries {
		known, code := holidays.Known(), strings.ToUpper(strings.TrimSpace(country))
		if slices.Contains(known, code) {
			if !slices.Contains(plan.Countries, code) { // twice would be twice the share of a month
				plan.Countries = append(plan.Countries, code)
			}
			continue
		}
		hint := "list its days in holidays.events; calendars are known for the ISO 3166 codes " + strings.Join(countries(known), ", ") + " and parts of AU, CH and DE, such as DE-BY"
		return &job.SpecError{Pointer: fmt.Sprintf("/holidays/countries/%d", i), Code: "unknown_country",
			Detail: holidays.UnknownError{Country: country}.Error(), Hint: hint}
	}
	r.plan.Holidays = plan
	return nil
}

// countries are the codes without those of parts of a country.
func countries(known []string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(code string) bool { return strings.Contains(code, "-") })
}
