package dataset_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

var variantSeed = flag.Uint64("variantseed", 1, "seed of the mangled variants")

// variant is one file that somebody might have, with what is true of it.
type variant struct {
	family, name string
	text         string
	truth        truth
}

// finding is what the reader made of a variant.
type finding struct {
	wrong     []string // what differs from the truth
	harmful   bool     // a wrong time or value without a question
	confident bool     // the first time candidate has 0.9 or more
	asked     bool
}

// judge profiles a variant and reads it under the profile's own proposal.
func judge(t *testing.T, v variant) (f finding) {
	t.Helper()
	p, err := dataset.Scan(t.Context(), strings.NewReader(v.text), dataset.DefaultLimits)
	if err != nil {
		return finding{wrong: []string{"refused: " + err.Error()}, asked: true}
	}
	say := func(format string, a ...any) { f.wrong = append(f.wrong, fmt.Sprintf(format, a...)) }
	f.asked = len(p.NeedsChoice) > 0
	if v.truth.asks != "" {
		if !slices.ContainsFunc(p.NeedsChoice, func(q dataset.Choice) bool { return q.Code == v.truth.asks }) {
			say("does not ask %s, but %+v", v.truth.asks, p.NeedsChoice)
			f.harmful = !f.asked
		}
		return f
	}
	for _, q := range p.NeedsChoice {
		say("asks %s: %s", q.Code, q.Detail)
	}
	if len(p.TimeCandidates) == 0 {
		say("no time candidate")
		return f
	}
	k := p.TimeCandidates[0]
	f.confident = k.Confidence >= 0.9
	v.checkProfile(p, say)
	if wrong := v.checkPoints(t, p); wrong != "" {
		f.harmful = !f.asked
		say("%s (read as %s, confidence %.2f)", wrong, k.Format, k.Confidence)
	}
	if !f.confident && !f.asked {
		say("confidence %.2f and no question", k.Confidence)
	}
	return f
}

func (v *variant) checkProfile(p *dataset.Profile, say func(string, ...any)) {
	w, k := v.truth, p.TimeCandidates[0]
	if !slices.Equal(k.Columns, w.time) {
		say("time in %q, want %q", k.Columns, w.time)
	}
	if word := deref(p.Frequency); word != any(w.frequency) {
		say("steps of %v, want %s", word, w.frequency)
	}
	if w.rows > 0 && p.Rows != w.rows {
		say("%d rows, want %d", p.Rows, w.rows)
	}
	if w.encoding != "" && p.Encoding != w.encoding {
		say("encoding %s, want %s", p.Encoding, w.encoding)
	}
	if w.delimiter != "" && deref(p.Delimiter) != any(w.delimiter) {
		say("delimiter %v, want %q", deref(p.Delimiter), w.delimiter)
	}
	if w.warning != "" && !warned(p, w.warning) {
		say("no warning %s in %v", w.warning, codes(p))
	}
}

func codes(p *dataset.Profile) (all []string) {
	for _, w := range p.Warnings {
		all = append(all, w.Code)
	}
	return all
}

// checkPoints reads the series and compares every single value.
func (v *variant) checkPoints(t *testing.T, p *dataset.Profile) string {
	t.Helper()
	k := p.TimeCandidates[0]
	if len(p.Targets) == 0 {
		return "no target"
	}
	sel := dataset.Selection{Time: k.Columns, Format: k.Format, Targets: p.Targets[:1], IDs: p.SeriesID}
	d, err := dataset.Read(t.Context(), bytes.NewReader([]byte(v.text)), p, sel)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	got, offset := points{}, offsetOf(p)
	if v.truth.wall {
		offset = 0
	}
	for _, s := range d.Series {
		id := strings.Join(s.IDs, "/")
		got[id] = map[time.Time]float64{}
		for i, y := range s.Y {
			if !math.IsNaN(y) {
				got[id][s.Time(i).Add(-offset)] = y
			}
		}
	}
	if v.truth.unnamed && len(got) == 1 && len(v.truth.points) == 1 {
		return v.truth.points.only().differ(got.only())
	}
	return v.truth.points.differ(got)
}

// offsetOf is how far the profile's clock is ahead of UTC.
func offsetOf(p *dataset.Profile) time.Duration {
	if p.Timezone == nil {
		return 0
	}
	t, err := time.Parse("Z07:00", *p.Timezone)
	if err != nil {
		return 0
	}
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// only is a lone series without its name.
func (p points) only() points {
	for _, series := range p {
		return points{"": series}
	}
	return p
}

func (p points) differ(got points) string {
	if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(p)); !slices.Equal(g, w) {
		return fmt.Sprintf("series %q, want %q", g[:min(len(g), 5)], w)
	}
	for id, series := range p {
		if len(got[id]) != len(series) {
			return fmt.Sprintf("series %q has %d values, want %d", id, len(got[id]), len(series))
		}
		for at, y := range series {
			if g, ok := got[id][at]; !ok || math.Abs(g-y) > 1e-9*math.Max(1, math.Abs(y)) {
				return fmt.Sprintf("series %q has %v at %s, want %v", id, g, dataset.ISO(at), y)
			}
		}
	}
	return ""
}

// The reader is measured on files that were mangled on purpose. The figures
// are bounds of the product: at least 97 % wholly right and no family under
// 90 %, nine in ten of the unambiguous ones without a question, and never a
// wrong time or value with confidence.
func TestMangledVariants(t *testing.T) {
	t.Parallel()
	all := variants(newWorlds(*variantSeed))
	right, total := map[string]int{}, map[string]int{}
	harmful, clear, answered := 0, 0, 0
	for _, v := range all {
		f := judge(t, v)
		total[v.family]++
		if len(f.wrong) == 0 {
			right[v.family]++
		} else {
			t.Logf("%s, %s: %s", v.family, v.name, strings.Join(f.wrong, "; "))
		}
		if f.harmful {
			harmful++
			t.Errorf("%s, %s: wrong without a question: %s", v.family, v.name, strings.Join(f.wrong, "; "))
		}
		if v.truth.asks == "" {
			clear++
			if !f.asked && f.confident {
				answered++
			}
		}
	}
	sum := 0
	for _, family := range sortedNames(total) {
		sum += right[family]
		t.Logf("%-16s %3d of %3d", family, right[family], total[family])
		if float64(right[family]) < 0.9*float64(total[family]) {
			t.Errorf("family %s: %d of %d right", family, right[family], total[family])
		}
	}
	t.Logf("all: %d of %d right (%.1f %%), %d wrong without a question, %d of %d clear ones answered (%.1f %%)", sum, len(all),
		100*float64(sum)/float64(len(all)), harmful, answered, clear, 100*float64(answered)/float64(clear))
	if len(all) < 250 || float64(sum) < 0.97*float64(len(all)) || float64(answered) < 0.9*float64(clear) {
		t.Errorf("%d of %d right, %d of %d clear ones answered", sum, len(all), answered, clear)
	}
}

func sortedNames(m map[string]int) []string {
	names := slices.Collect(maps.Keys(m))
	sort.Strings(names)
	return names
}
