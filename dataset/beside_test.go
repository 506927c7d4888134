package dataset_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
)

// Days of two shops, the last two of them without sales.
func withColumns() string {
	var text strings.Builder
	text.WriteString("shop,day,sales,price,weather,open\n")
	for s, shop := range []string{"A", "B"} {
		for d := range 20 {
			sales := fmt.Sprint(100 + 10*s + d%7)
			if d >= 18 {
				sales = ""
			}
			weather := []string{"sun", "sun", "rain", "fog"}[d%4]
			fmt.Fprintf(&text, "%s,2026-03-%02d,%s,%d.5,%s,%s\n", shop, d+1, sales, d+10*s, weather, []string{"yes", "no"}[d%2])
		}
	}
	return text.String()
}

func readBeside(t *testing.T, text string, columns ...string) (*dataset.Data, error) {
	t.Helper()
	p, err := dataset.Scan(t.Context(), strings.NewReader(text), dataset.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return dataset.Read(t.Context(), strings.NewReader(text), p, dataset.Selection{
		Time: []string{"day"}, Targets: []string{"sales"}, IDs: []string{"shop"}, Beside: columns,
	})
}

func TestColumnsBesideATargetFollowItsGridAndGoOnAfterIt(t *testing.T) {
	t.Parallel()
	d, err := readBeside(t, withColumns(), "price", "weather", "open")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range d.Beside[1] {
		names = append(names, c.Name())
		if len(d.Series[1].Y) != 18 || len(c.Values) != 20 {
			t.Errorf("%s has %d values beside %d", c.Name(), len(c.Values), len(d.Series[1].Y))
		}
	}
	if got := strings.Join(names, " "); got != "price weather=rain weather=fog open=yes" {
		t.Errorf("columns are %s", got)
	}
	if price := d.Beside[1][0].Values; price[0] != 10.5 || price[19] != 29.5 {
		t.Errorf("prices run from %v to %v", price[0], price[19])
	}
	if rain := d.Beside[0][1].Values; rain[1] != 0 || rain[2] != 1 {
		t.Errorf("it rains %v", rain[:4])
	}
}

func TestAStepWithoutAValueBesideItIsMissing(t *testing.T) {
	t.Parallel()
	text := strings.Replace(withColumns(), ",104,4.5,", ",104,,", 1)
	d, err := readBeside(t, text, "price")
	if err != nil {
		t.Fatal(err)
	}
	if v := d.Beside[0][0].Values; !math.IsNaN(v[4]) || v[5] != 5.5 {
		t.Errorf("prices are %v", v[:6])
	}
}

func TestColumnsThatCannotStandBesideATargetAreNamed(t *testing.T) {
	t.Parallel()
	many := strings.NewReplacer("sun", "", "rain", "").Replace(withColumns())
	for i := range 40 {
		many += fmt.Sprintf("A,2026-04-%02d,1,1.5,word%d,yes\n", i%28+1, i)
	}
	for column, text := range map[string]string{"weather": many, "nothing": withColumns()} {
		_, err := readBeside(t, text, column)
		var refused *dataset.Error
		if !errors.As(err, &refused) || refused.Column != column {
			t.Errorf("%s: error is %v", column, err)
		}
	}
}

// A row far behind the others does not fill the memory with the steps between.
func TestAColumnThatGoesOnForEverIsRefused(t *testing.T) {
	t.Parallel()
	text := "time,sales,price\n"
	for i := range 60 {
		text += fmt.Sprintf("2026-01-01 00:00:%02d,%d,\n", i, i%7)
	}
	text += "2099-01-01 00:00:00,,5\n"
	f, err := series.ParseFrequency("s")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := dataset.Scan(t.Context(), strings.NewReader(text), dataset.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	_, err = dataset.Read(t.Context(), strings.NewReader(text), profile,
		dataset.Selection{Time: []string{"time"}, Targets: []string{"sales"}, Frequency: f, Beside: []string{"price"}})
	var refused *dataset.Error
	if !errors.As(err, &refused) || refused.Code != "frequency_too_fine" {
		t.Errorf("error is %v, want frequency_too_fine", err)
	}
}
