package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// randomVariant mangles a world in several ways at once: short or long, in any
// layout, order and locale. The file may be ambiguous; then a question is the
// right answer.
func randomVariant(r *rand.Rand) variant {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	all := newWorlds(r.Uint64())
	worlds := []world{all.daily, all.monthly, all.weekly, all.hourly, all.panel, all.counts}
	w := worlds[r.IntN(len(worlds))]
	w.n = 4 + r.IntN(w.n-4)
	layout := pick("2006-01-02", "02/01/2006", "01/02/2006", "2/1/2006", "1/2/2006", "02.01.2006", "02/01/06", "01/02/06", "06/01/02", "20060102", "2-Jan-06", "Jan 2, 2006", "2006/01/02", "01-02-2006")
	switch {
	case w.freq == "h":
		layout += pick(" 15:04", " 15:04:05", " 3:04 PM")
	case w.freq == "MS" && r.IntN(2) == 0:
		layout = pick("2006-01", "01/2006", "Jan 2006", "Jan-06", "200601", "2006M01", "01.2006", "2006.01")
	}
	decimal := pick(".", ",")
	delim := pick(",", ";", "\t", "|")
	number := marked(decimal, pick("", "", map[string]string{".": ",", ",": "."}[decimal]))
	if w.freq == all.counts.freq && r.IntN(4) == 0 {
		number = whole0
		value := w.value
		w.value = func(s, i int) float64 { return float64(int(value(s, i))) }
	}
	scale := pick("1", "1", "1000", "0.01")
	inner := w.value
	w.value = func(s, i int) float64 { return parse(number(inner(s, i)*parse(scale, ".")), decimal) }
	s := w.sheet(spell{time: gotime(layout), number: number})
	name := fmt.Sprintf("%s, %d steps, %s, %q, decimal %q", w.freq, w.n, layout, delim, decimal)
	if w.n > 12 && r.IntN(3) == 0 {
		marker := pick("", "NA", "-", "n/a", "-999")
		name += fmt.Sprintf(", missing %q", marker)
		s.blank(w, marker, func(i int) bool { return i%9 == 4 })
	}
	if w.n > 20 && r.IntN(3) == 0 {
		name += ", gaps"
		kept := w
		s2 := s.rows[:0]
		for i, row := range s.rows {
			if k, step := i/kept.n, i%kept.n; step > 0 && step < kept.n-1 && step%8 == 5 {
				delete(s.truth.points[kept.ids[k]], kept.at(step))
				continue
			}
			s2 = append(s2, row)
		}
		s.rows = s2
	}
	switch order := pick("", "", "descending", "shuffled"); order {
	case "descending":
		slices.Reverse(s.rows)
		name += ", descending"
	case "shuffled":
		r.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
		name += ", shuffled"
	}
	if delim == "," || delim == decimal || strings.Contains(layout, delim) {
		s.quoted(`"`, len(s.header)-2, len(s.header)-1)
	}
	text := s.text(delim, pick("\n", "\r\n"))
	if r.IntN(5) == 0 {
		text = "Report of the figures\n\n" + text
	}
	if r.IntN(5) == 0 {
		text += "\nSource: ours\n"
	}
	return variant{"random", name, text, s.truth}
}

func parse(number, decimal string) float64 {
	var v float64
	thousands := map[string]string{".": ",", ",": "."}[decimal]
	if _, err := fmt.Sscan(strings.Replace(strings.ReplaceAll(number, thousands, ""), decimal, ".", 1), &v); err != nil {
		panic(err)
	}
	return v
}

// Whatever is mangled: a wrong time or value never comes without a question.
func TestNothingIsWrongWithoutAQuestion(t *testing.T) {
	t.Parallel()
	started := time.Now()
	wrong, asked, n := 0, 0, 200
	for i := range n {
		v := randomVariant(rand.New(rand.NewPCG(*variantSeed, uint64(i))))
		f := judge(t, v)
		if f.harmful {
			wrong++
			t.Errorf("%d: %s: %s\n%s", i, v.name, strings.Join(f.wrong, "; "), v.text[:min(len(v.text), 300)])
		}
		if f.asked {
			asked++
		}
	}
	t.Logf("%d files in %v: %d wrong without a question, %d asked", n, time.Since(started).Round(time.Millisecond), wrong, asked)
}
