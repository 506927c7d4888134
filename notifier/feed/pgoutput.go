package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pglogrepl"
)

// The messages of pgoutput, protocol version 1, that a feed looks at; see
// "Logical Replication Message Formats" in the PostgreSQL documentation.
//
// pglogrepl.Parse reads them too, and is the oracle of the tests. It copies
// every column, also the 400 kB preview nobody asked for, byte by byte, and
// trusts the lengths it is given; this decoder does neither.
type (
	begin struct {
		commit pglogrepl.LSN
		at     time.Time
		xid    uint32
	}
	commit struct {
		end pglogrepl.LSN // where the transaction ends in the WAL
	}
	relation struct {
		id        uint32
		namespace string
		name      string
		columns   []relationColumn
	}
	relationColumn struct {
		name string
		kind uint32 // oid of its type
	}
	change struct {
		op       Op
		relation uint32
		old      []column // the identity columns, or nil
		new      []column // nil for a delete
	}
	truncate struct {
		relations []uint32
	}
)

// column is one value of a row. Its bytes belong to the message.
type column struct {
	kind byte   // 't' text, 'b' binary, 'n' null, 'u' stored out of line and not changed
	data []byte // for 't' and 'b'
}

var errTorn = errors.New("message ends too early")

// postgresEpoch is where the times of the replication protocol start.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// tuples are the columns of the change read last; the next is read over them.
type tuples struct{ old, new []column }

// decode reads one message. Messages a feed has no use for are nil. The columns
// of a change lie in t.
func decode(b []byte, t *tuples) (any, error) {
	if len(b) == 0 {
		return nil, errTorn
	}
	r := reader{b: b[1:]}
	var m any
	switch b[0] {
	case 'B':
		m = begin{commit: pglogrepl.LSN(r.uint64()), at: r.time(), xid: r.uint32()}
	case 'C':
		r.take(1 + 8) // flags, commit LSN
		m = commit{end: pglogrepl.LSN(r.uint64())}
		r.time()
	case 'R':
		m = r.relation()
	case 'I', 'U', 'D':
		m = r.change(b[0], t)
	case 'T':
		m = r.truncate()
	default:
		return nil, nil
	}
	if r.err != nil {
		return nil, fmt.Errorf("decode pgoutput message %q: %w", b[0], r.err)
	}
	return m, nil
}

// reader takes values off the front of a message. After the first error it
// yields zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.b)) {
		r.err = errTorn
	}
	if r.err != nil {
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) time() time.Time {
	return postgresEpoch.Add(time.Duration(int64(r.uint64())) * time.Microsecond)
}

// text reads up to the next NUL.
func (r *reader) text() string {
	end := bytes.IndexByte(r.b, 0)
	s := string(r.take(end))
	r.take(1)
	return s
}

func (r *reader) relation() relation {
	rel := relation{id: r.uint32(), namespace: r.text(), name: r.text()}
	r.byte() // replica identity setting
	for n := r.uint16(); n > 0 && r.err == nil; n-- {
		r.byte() // part of the key
		c := relationColumn{name: r.text(), kind: r.uint32()}
		r.take(4) // type modifier
		rel.columns = append(rel.columns, c)
	}
	return rel
}

func (r *reader) change(kind byte, t *tuples) *change {
	c := &change{relation: r.uint32()}
	tuple := r.byte()
	if tuple == 'K' || tuple == 'O' {
		t.old = r.tuple(t.old)
		c.old = t.old
		if kind == 'U' {
			tuple = r.byte()
		}
	}
	if tuple == 'N' {
		t.new = r.tuple(t.new)
		c.new = t.new
	}
	switch kind {
	case 'I':
		c.op = Insert
	case 'U':
		c.op = Update
	case 'D':
		c.op = Delete
	}
	if r.err == nil && !c.whole() {
		r.err = fmt.Errorf("unexpected tuple %q", tuple)
	}
	return c
}

// whole reports whether the change has the images its kind wants.
func (c *change) whole() bool {
	if c.op == Delete {
		return c.old != nil && c.new == nil
	}
	return c.new != nil
}

// tuple reads a row over another.
func (r *reader) tuple(over []column) []column {
	n := r.uint16()
	columns := slices.Grow(over[:0], 1+min(n, len(r.b))) // a row without columns is not nil
	for ; n > 0 && r.err == nil; n-- {
		c := column{kind: r.byte()}
		switch c.kind {
		case 't', 'b':
			c.data = r.take(int(r.uint32()))
		case 'n', 'u':
		default:
			if r.err == nil {
				r.err = fmt.Errorf("unknown column kind %q", c.kind)
			}
		}
		columns = append(columns, c)
	}
	return columns
}

func (r *reader) truncate() truncate {
	var t truncate
	n := r.uint32()
	r.byte() // options
	for ; n > 0 && r.err == nil; n-- {
		t.relations = append(t.relations, r.uint32())
	}
	return t
}
