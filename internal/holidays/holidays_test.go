package holidays_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/holidays"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestHolidaysFallOnTheirDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, name, date string }{
		{"US", "Thanksgiving Day", "2026-11-26"},
		{"us", "Independence Day", "2026-07-04"}, // a Saturday
		{"US", "Independence Day", "2026-07-03"}, // where it is moved to
		{"DE", "Ostermontag", "2026-04-06"},
		{"DE-BY", "Fronleichnam", "2026-06-04"},
		{"AU", "ANZAC Day", "2026-04-25"},
	} {
		days, err := holidays.Between(c.country, day("2026-01-01"), day("2026-12-31"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, d := range days {
			found = found || d.Name == c.name && d.Date.Equal(day(c.date))
		}
		if !found {
			t.Errorf("%s has no %s on %s: %v", c.country, c.name, c.date, days)
		}
	}
}

func TestOnlyTheDaysAskedForCount(t *testing.T) {
	t.Parallel()
	days, err := holidays.Between("US", day("2026-12-25"), day("2027-01-01"))
	if err != nil || len(days) != 2 {
		t.Errorf("%v, %v", days, err)
	}
}

func TestAnUnknownCountryIsNamed(t *testing.T) {
	t.Parallel()
	_, err := holidays.Between("XX", day("2026-01-01"), day("2026-01-02"))
	var unknown holidays.UnknownError
	if !errors.As(err, &unknown) || unknown.Country != "XX" {
		t.Errorf("error is %v", err)
	}
}

func TestEveryCalendarHasADayInAYear(t *testing.T) {
	t.Parallel()
	for _, code := range holidays.Known() {
		days, err := holidays.Between(code, day("2026-01-01"), day("2026-12-31"))
		if err != nil || len(days) < 4 {
			t.Errorf("%s: %d days, %v", code, len(days), err)
		}
	}
}
