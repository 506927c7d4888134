package hub

import (
	"reflect"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestCursorIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_790_000_000, 0)
	for _, m := range []job.Mark{
		{Database: "0123456789ab", Next: 3, At: at},
		{Database: "0123456789ab", Next: 1 << 40, Open: []uint64{1<<40 - 7, 1<<40 - 1}, Last: 1 << 50, At: at},
	} {
		if got, err := parseCursor(printCursor(m)); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s is read as %+v, %v; want %+v", printCursor(m), got, err, m)
		}
	}
	crowd := job.Mark{Database: "x", Next: 1000, At: at}
	for txid := uint64(900); txid < 1000; txid++ {
		crowd.Open = append(crowd.Open, txid)
	}
	got, err := parseCursor(printCursor(crowd))
	if err != nil || got.Next != 900 || len(got.Open) > 0 || !crowd.After(got) {
		t.Errorf("of many open transactions the cursor says %+v, %v", got, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("c1.0123456789ab.1.2.3.1")
	f.Add("c1.x.0.0.0")
	f.Add("17")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseCursor(text)
		if err != nil {
			return
		}
		again, err := parseCursor(printCursor(m))
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("%q is %+v, and then %+v, %v", text, m, again, err)
		}
	})
}
