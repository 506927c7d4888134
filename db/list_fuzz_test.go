package db

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add("???")
	f.Add(cursorAt(job.Job{ID: job.NewID(), CreatedAt: time.Now()}).String())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s)
		if err != nil {
			return
		}
		if again, err := parseCursor(c.String()); c != (cursor{}) && (err != nil || again != c) {
			t.Errorf("%q is %+v, which comes back as %+v, %v", s, c, again, err)
		}
		if at := c.time(); at != nil && (at.Year() < 1 || at.Year() > 9999) {
			t.Errorf("%q is in year %d", s, at.Year())
		}
	})
}
