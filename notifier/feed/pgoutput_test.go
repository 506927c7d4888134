package feed

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pglogrepl"

	"github.com/pgcast/pgcast/internal/job"
)

// message puts a pgoutput message together: strings are ended by NUL, []byte
// is a column value with its length.
func message(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case byte:
			b.WriteByte(p)
		case rune:
			b.WriteByte(byte(p))
		case string:
			b.WriteString(p)
			b.WriteByte(0)
		case []byte:
			_ = binary.Write(&b, binary.BigEndian, uint32(len(p)))
			b.Write(p)
		default:
			_ = binary.Write(&b, binary.BigEndian, p)
		}
	}
	return b.Bytes()
}

var (
	beginMessage    = message('B', uint64(0x16B3748), int64(1_000_000), uint32(731))
	commitMessage   = message('C', byte(0), uint64(0x16B3748), uint64(0x16B3778), int64(1_000_000))
	relationMessage = message('R', uint32(7), "public", "jobs", 'i', uint16(4),
		byte(1), "id", uint32(2950), uint32(math.MaxUint32), byte(1), "user_id", uint32(2950), uint32(math.MaxUint32),
		byte(1), "status", uint32(25), uint32(math.MaxUint32), byte(0), "version", uint32(20), uint32(math.MaxUint32))
	idText, userText = "01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	insertMessage    = message('I', uint32(7), 'N', uint16(4), 't', []byte(idText), 't', []byte(userText), 't', []byte("pending"), 't', []byte("1"))
	updateMessage    = message('U', uint32(7), 'K', uint16(4), 't', []byte(idText), 't', []byte(userText), 't', []byte("pending"), 'n',
		'N', uint16(4), 't', []byte(idText), 't', []byte(userText), 't', []byte("processing"), 'u')
	deleteMessage   = message('D', uint32(7), 'K', uint16(4), 't', []byte(idText), 't', []byte(userText), 't', []byte("failed"), 'n')
	truncateMessage = message('T', uint32(1), byte(0), uint32(7))
)

func messages() [][]byte {
	return [][]byte{beginMessage, commitMessage, relationMessage, insertMessage, updateMessage, deleteMessage, truncateMessage}
}

// testColumns are those of relationMessage.
var testColumns = []relationColumn{{"id", 2950}, {"user_id", 2950}, {"status", 25}, {"version", 20}}

func TestDecodeReadsEachMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   []byte
		want any
	}{
		{beginMessage, begin{commit: 0x16B3748, at: postgresEpoch.Add(time.Second), xid: 731}},
		{commitMessage, commit{end: 0x16B3778}},
		{relationMessage, relation{7, "public", "jobs", testColumns}},
		{truncateMessage, truncate{[]uint32{7}}},
		{message('O', uint64(1), "origin"), nil},
	} {
		got, err := decode(test.in, &tuples{})
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("decode(%q) = %+v, %v; want %+v", test.in, got, err, test.want)
		}
	}
}

func TestTornMessagesAreErrors(t *testing.T) {
	t.Parallel()
	for _, whole := range messages() {
		for n := range whole {
			if _, err := decode(whole[:n], &tuples{}); err == nil {
				t.Errorf("the first %d bytes of %q decode", n, whole)
			}
		}
	}
}

func TestImagesOfAChange(t *testing.T) {
	t.Parallel()
	d, err := newRowDecoder(testColumns)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		in          []byte
		op          Op
		old, status job.Status
		missing     int
	}{
		{insertMessage, Insert, "", "pending", 0},
		{updateMessage, Update, "pending", "processing", 1},
		{deleteMessage, Delete, "failed", "failed", 0},
	} {
		m, err := decode(test.in, &tuples{})
		if err != nil {
			t.Fatalf("decode %s: %v", test.op, err)
		}
		e, missing, err := d.event(m.(*change))
		if err != nil {
			t.Fatalf("read %s: %v", test.op, err)
		}
		if e.Op != test.op || e.OldStatus != test.old || e.Job.Status != test.status || len(missing) != test.missing ||
			e.Job.ID.String() != idText || e.Job.UserID.String() != userText {
			t.Errorf("%s came out as %+v, %d missing", test.op, e, len(missing))
		}
	}
}

func TestTimesOfPostgres(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Time{
		"2026-11-23 09:00:00+00":        time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		"2026-11-23 09:00:00.123456+00": time.Date(2026, 11, 23, 9, 0, 0, 123456000, time.UTC),
		"infinity":                      endOfTime,
	} {
		if got, err := parseTime(in); err != nil || !got.Equal(want) {
			t.Errorf("parseTime(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
}

// The decoder and pglogrepl's read the same things out of every message that
// pglogrepl can read; and nothing makes the decoder panic.
func FuzzDecode(f *testing.F) {
	for _, m := range messages() {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b, &tuples{})
		if c, ok := got.(*change); ok {
			if d, err := newRowDecoder(append(testColumns[:4:4], relationColumn{"run_at", 1184}, relationColumn{"progress", 700})); err == nil {
				_, _, _ = d.event(c)
			}
		}
		if err != nil || got == nil {
			return
		}
		want, err := pglogrepl.Parse(b) // safe: the message is whole
		if err != nil {
			return // it wants more than an empty row needs
		}
		compare(t, got, want)
	})
}

func compare(t *testing.T, got any, want pglogrepl.Message) {
	t.Helper()
	same := true
	switch m := got.(type) {
	case begin:
		w := want.(*pglogrepl.BeginMessage)
		same = m.commit == w.FinalLSN
	case commit:
		same = m.end == want.(*pglogrepl.CommitMessage).TransactionEndLSN
	case relation:
		w := want.(*pglogrepl.RelationMessage)
		same = m.id == w.RelationID && m.name == w.RelationName && m.namespace == w.Namespace && len(m.columns) == len(w.Columns)
	case *change:
		switch w := want.(type) {
		case *pglogrepl.InsertMessage:
			same = sameTuple(m.new, w.Tuple)
		case *pglogrepl.UpdateMessage:
			same = sameTuple(m.new, w.NewTuple) && sameTuple(m.old, w.OldTuple)
		case *pglogrepl.DeleteMessage:
			same = sameTuple(m.old, w.OldTuple)
		}
	}
	if !same {
		t.Errorf("decode says %+v, pglogrepl %+v", got, want)
	}
}

func sameTuple(got []column, want *pglogrepl.TupleData) bool {
	if want == nil || got == nil {
		return want == nil && got == nil
	}
	if len(got) != len(want.Columns) {
		return false
	}
	for i, c := range want.Columns {
		if got[i].kind != c.DataType || string(got[i].data) != string(c.Data) {
			return false
		}
	}
	return true
}

func FuzzNotice(f *testing.F) {
	f.Add(`{"id":"` + idText + `","user_id":"` + userText + `","version":3,"op":"UPDATE"}`)
	f.Add(`{"id":"` + idText + `","user_id":"` + userText + `","version":3,"op":"DELETE","old_status":"failed"}`)
	f.Add(strings.Repeat("[", 100))
	f.Fuzz(func(t *testing.T, payload string) {
		n, err := parseNotice(payload)
		if err != nil {
			return
		}
		if e, ok := n.event(present{Job: job.Job{ID: n.ID, UserID: n.UserID, Version: math.MaxInt64}, row: &Image{}}, true); ok && e.Job.UserID != n.UserID {
			t.Errorf("notice of %v became an event of %v", n.UserID, e.Job.UserID)
		}
	})
}
