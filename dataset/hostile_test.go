package dataset_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

// hostile are texts that make careless readers slow or greedy, about size
// bytes each.
func hostile(size int) map[string]string {
	fill := func(head, unit string) string { return head + strings.Repeat(unit, size/len(unit)) }
	rows := func(head string, row func(i int) string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(row(i))
		}
		return b.String()
	}
	wide := "t" + strings.Repeat(",c", 1999) + "\n"
	return map[string]string{
		"an open quote":           fill("a,b\n1,\"", "x,1\n"),
		"quotes and nothing else": fill("", `"`),
		"pairs of quotes":         fill("a,b\n", "\"\",\"\"\n"),
		"quotes in every field":   rows("a,b\n", func(i int) string { return fmt.Sprintf("\"x\"\"%d\",\"1\"\"\"\n", i) }),
		"a quote a line":          rows("a,b\n", func(i int) string { return fmt.Sprintf("5\" pipe,%d\n", i) }),
		"delimiters":              fill("", ","),
		"blank lines":             fill("a,b\n", "\n"),
		"carriage returns":        fill("a,b\n1,2\n", "\r"),
		"one line":                fill("", "x"),
		"digits":                  fill("a\n", "9"),
		"two thousand columns":    rows(wide, func(i int) string { return "2024-01-01" + strings.Repeat(",1", 1999) + "\n" }),
		"texts that never repeat": rows("date,id,name,v\n", func(i int) string {
			return fmt.Sprintf("2024-01-%02d,id%d,name of %d,%d.5\n", i%28+1, i*7919, i*104729, i%97)
		}),
		"a series a row": rows("id,date,v\n", func(i int) string {
			return fmt.Sprintf("s%d,%s,%d.5\n", i, time.Date(2000, 1, 1+i%9000, 0, 0, 0, 0, time.UTC).Format("2006-01-02"), i%97)
		}),
		"ragged rows":    rows("date,v\n2024-01-01,1.5\n", func(i int) string { return fmt.Sprintf("2024-01-02,%d.5,%s\n", i%9, strings.Repeat(",", i%40)) }),
		"bytes of UTF-8": fill("date,v\n2024-01-01,1.5\n", "ä\xff,1.5\n"),
		"bytes of 1252":  fill("date,v\n2024-01-01,1.5\n", "\xe4,1.5\n"),
		"NUL bytes":      fill("date,v\n2024-01-01,1.5\n", "2024-01-0\x002,1.5                          \n"),
		"dates of a kind": rows("a,b,c,d,e,f,v\n", func(i int) string {
			return strings.Repeat(fmt.Sprintf("%02d/%02d/2024 10:%02d:11,", i%12+1, i*7%12+1, i%60), 6) + fmt.Sprintf("%d.5\n", i%9)
		}),
	}
}

// No text is much slower to profile than others, and none takes memory by its
// size. The caps are ten times what an idle machine needs.
func TestHostileTextIsBounded(t *testing.T) {
	size := 2 << 20
	if testing.Short() {
		size = 1 << 20
	}
	for name, text := range hostile(size) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			p, err := dataset.Scan(t.Context(), strings.NewReader(text), dataset.DefaultLimits)
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			held := after.TotalAlloc - before.TotalAlloc
			t.Logf("%v, %d MiB allocated, %v, %v", took.Round(time.Millisecond), held>>20, err, p != nil)
			if took > 20*time.Second {
				t.Errorf("%d MiB took %v", size>>20, took)
			}
		})
	}
}
