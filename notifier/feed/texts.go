package feed

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgcast/pgcast/internal/job"
)

// textReader reads rows in the form of the replication stream, and with its
// decoder.
type textReader struct {
	source  Rows
	columns []job.Column
	decoder *rowDecoder
}

func newTextReader(source Rows, columns []job.Column) (*textReader, error) {
	relation := make([]relationColumn, len(columns))
	for i, c := range columns {
		relation[i] = relationColumn{name: c.Name, kind: c.Type}
	}
	d, err := newRowDecoder(relation)
	return &textReader{source, columns, d}, err
}

// present is a row that is there.
type present struct {
	job.Job
	row       *Image
	outOfLine map[string]value // absent where such a value did not change
}

// image is the row as replication would show it: a change leaves out what lies
// out of line. That a verb changed it there is not to be seen from here.
func (p present) image(op Op) *Image {
	if op == Insert || len(p.outOfLine) == 0 {
		return p.row
	}
	return p.row.with(p.outOfLine)
}

// rows reads the rows that are there. Those that are whole come with their wide
// values.
func (t *textReader) rows(ctx context.Context, ids, whole []job.ID) (map[job.ID]present, error) {
	found := make(map[job.ID]present, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	texts, err := t.source.Texts(ctx, t.columns, ids, whole)
	if err != nil {
		return nil, fmt.Errorf("read changed rows: %w", err)
	}
	for _, row := range texts {
		p, err := t.present(row, whole)
		if err != nil {
			return nil, fmt.Errorf("decode a row of jobs: %w", err)
		}
		found[p.ID] = p
	}
	return found, nil
}

func (t *textReader) present(row job.Texts, whole []job.ID) (p present, err error) {
	tuple := make([]column, len(row.Values))
	for i, text := range row.Values {
		tuple[i].kind = byte(Null)
		if text != nil {
			tuple[i] = column{byte(Text), []byte(*text)}
		}
	}
	if p.Job, _, err = t.decoder.row(tuple, nil); err != nil {
		return p, err
	}
	p.row = t.decoder.image(tuple, false)
	if len(row.OutOfLine) > 0 {
		p.outOfLine = make(map[string]value, len(row.OutOfLine))
		for _, name := range row.OutOfLine {
			p.outOfLine[name] = value{kind: Absent}
		}
		if !slices.Contains(whole, p.ID) {
			p.row, p.outOfLine = p.row.with(p.outOfLine), nil
		}
	}
	return p, nil
}

var types = pgtype.NewMap()

// typeName is the name of a type of Postgres itself; others are shown as text.
func typeName(oid uint32) string {
	if t, ok := types.TypeForOID(oid); ok {
		return t.Name
	}
	return "text"
}

// Infos names the columns of a table with their types.
func Infos(columns []job.Column) []ColumnInfo {
	infos := make([]ColumnInfo, len(columns))
	for i, c := range columns {
		infos[i] = ColumnInfo{c.Name, typeName(c.Type)}
	}
	return infos
}
