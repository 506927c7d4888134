package forecast

import "testing"

func TestTheHistoryKeepsTheWeek(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		season  int
		seasons []int
		want    int
	}{
		{"months", 12, []int{12}, 2000},
		{"days", 7, []int{7, 365}, 2000},
		{"hours", 24, []int{24, 168, 8766}, 2000},
		{"quarter hours", 96, []int{96, 672, 35064}, 2688},
		{"five minutes", 288, []int{288, 2016, 105192}, 8064},
		{"minutes", 1440, []int{1440, 10080, 525960}, 25000},
		{"seconds", 86400, []int{86400, 604800, 31557600}, 10000},
	} {
		if got := (Options{Model: "auto"}).window(c.season, c.seasons); got != c.want {
			t.Errorf("%s: the models look back %d steps, want %d", c.name, got, c.want)
		}
	}
}
