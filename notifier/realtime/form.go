package realtime

import (
	"bytes"
	"sync"

	"github.com/pgcast/pgcast/notifier/feed"
)

// form is what all rows of one table have in common on the wire.
type form struct {
	columns []byte   // as `columns` lists them all
	infos   [][]byte // each of them
	names   [][]byte // each as the name of a value, with its colon
	shapes  []shape  // of their values
}

// forms holds those that were needed, by their list of columns. There are a
// few, and new ones when the table or the source changes.
var forms struct {
	mu   sync.RWMutex
	made map[*feed.ColumnInfo]*form
}

// mostForms bounds what is kept of lists that are not used any more.
const mostForms = 32

func formOf(columns []feed.ColumnInfo) *form {
	if len(columns) == 0 {
		return &form{}
	}
	forms.mu.RLock()
	f := forms.made[&columns[0]]
	forms.mu.RUnlock()
	if f != nil && len(f.names) == len(columns) {
		return f
	}
	f = newForm(columns)
	forms.mu.Lock()
	defer forms.mu.Unlock()
	if forms.made == nil || len(forms.made) >= mostForms {
		forms.made = map[*feed.ColumnInfo]*form{}
	}
	forms.made[&columns[0]] = f
	return f
}

func newForm(columns []feed.ColumnInfo) *form {
	f := &form{}
	for _, c := range columns {
		f.infos = append(f.infos, encoded(c))
		f.names = append(f.names, append(quote(c.Name), ':'))
		f.shapes = append(f.shapes, shapeOf(c.Type))
	}
	f.columns = bytes.Join(f.infos, []byte(","))
	return f
}

// list writes the columns that are shown.
func (f *form) list(b []byte, columns []feed.ColumnInfo, only []string) []byte {
	if only == nil {
		return append(b, f.columns...)
	}
	first := true
	for i, c := range columns {
		if !shows(only, c.Name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, f.infos[i]...)
	}
	return b
}

// buffers are for messages, which are put together one at a time by however
// many connections have something to say.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxBuffer is how large a buffer may be to be kept.
const maxBuffer = 64 << 10

func putBuffer(b *[]byte) {
	if cap(*b) <= maxBuffer {
		buffers.Put(b)
	}
}
