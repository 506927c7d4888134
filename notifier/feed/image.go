package feed

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Image is a row as Postgres prints it, for doors that show columns. It lives
// as long as its event waits somewhere, so whoever keeps events drops it.
type Image struct {
	Columns []ColumnInfo // of the table; shared between images
	Cut     bool         // more than a door shows: only the short values are here, others are absent
	text    string       // the values, one behind the other
	marks   []mark       // one for each column
}

// Of rows wider than Supabase's limit, only values that are short are kept, as
// there.
const (
	maxImage = 1 << 20 // bytes
	maxShort = 64
)

// ColumnInfo names a column and its type, as pg_type does: uuid, text, int8 …
type ColumnInfo struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// mark tells where a value ends in the text, and what it is.
type mark struct {
	end  uint32
	kind Kind
}

// Kind tells what an image knows of a column.
type Kind byte

// The kinds of values.
const (
	Absent Kind = 'u' // not known: out of line and unchanged, or not part of the identity of a deleted row
	Null   Kind = 'n'
	Text   Kind = 't'
)

// Value is that of the column i.
func (m *Image) Value(i int) (text string, kind Kind) {
	begin := uint32(0)
	if i > 0 {
		begin = m.marks[i-1].end
	}
	return m.text[begin:m.marks[i].end], m.marks[i].kind
}

// Get is the value of a column by name.
func (m *Image) Get(name string) (text string, kind Kind) {
	for i, c := range m.Columns {
		if c.Name == name {
			return m.Value(i)
		}
	}
	return "", Absent
}

// Bytes is about what the image occupies.
func (m *Image) Bytes() int { return len(m.text) + 8*len(m.marks) }

// maxLent is how much text a job may keep alive for the few values it has of it.
const maxLent = 1 << 10

// lend is the value of the column i, which data is, as a text: without a copy
// where the image is small. m may be nil.
func (m *Image) lend(i int, data []byte) string {
	if m != nil && len(m.text) <= maxLent {
		if text, kind := m.Value(i); kind == Text {
			return text
		}
	}
	return string(data)
}

// image copies a tuple. Of a deleted row only the identity is shown: the index
// that brings it along may have columns for other reasons.
func (d *rowDecoder) image(tuple []column, identity bool) *Image {
	size := 0
	for _, c := range tuple {
		size += len(c.data)
	}
	m := &Image{Columns: d.columns, Cut: size > maxImage, marks: make([]mark, len(tuple))}
	var text strings.Builder
	if !m.Cut {
		text.Grow(size)
	}
	for i, c := range tuple {
		kind := Kind(c.kind)
		if identity && !isIdentity(d.columns[i]) || m.Cut && len(c.data) > maxShort {
			kind = Absent
		}
		if kind == Text {
			text.Write(c.data)
		}
		m.marks[i] = mark{uint32(text.Len()), kind}
	}
	m.text = text.String()
	return m
}

// value replaces one value of an image.
type value struct {
	text string
	kind Kind
}

// with is the image with other values in some columns.
func (m *Image) with(values map[string]value) *Image {
	changed := &Image{Columns: m.Columns, Cut: m.Cut, marks: make([]mark, len(m.marks))}
	var text strings.Builder
	for i, c := range m.Columns {
		s, kind := m.Value(i)
		if v, ok := values[c.Name]; ok {
			s, kind = v.text, v.kind
		}
		text.WriteString(s)
		changed.marks[i] = mark{uint32(text.Len()), kind}
	}
	changed.text = text.String()
	return changed
}

// over is the image in a table of more columns.
func (m *Image) over(columns []ColumnInfo) *Image {
	wide := &Image{Columns: columns, marks: make([]mark, len(columns))}
	var text strings.Builder
	for i, c := range columns {
		s, kind := m.Get(c.Name)
		text.WriteString(s)
		wide.marks[i] = mark{uint32(text.Len()), kind}
	}
	wide.text = text.String()
	return wide
}

// complete is the image with the values of a job where it has none.
func (m *Image) complete(from *job.Job, missing []string) *Image {
	values := map[string]value{}
	for _, c := range jobColumns {
		for _, name := range missing {
			if c.Name == name {
				values[name] = c.print(from)
			}
		}
	}
	if len(values) == 0 {
		return m
	}
	return m.with(values)
}

// ImageOf is what a job tells of its row: enough for whoever was not there when
// the row changed.
func ImageOf(j *job.Job) *Image {
	m := &Image{Columns: jobColumnInfos, marks: make([]mark, len(jobColumns))}
	var text strings.Builder
	for i, c := range jobColumns {
		v := c.print(j)
		text.WriteString(v.text)
		m.marks[i] = mark{uint32(text.Len()), v.kind}
	}
	m.text = text.String()
	return m
}

// IdentityOf is what is known of a row that is gone: owner and status as far as
// they are not empty.
func IdentityOf(id job.ID, owner job.UserID, status job.Status) *Image {
	m := &Image{Columns: identityColumns, text: id.String()}
	m.marks = append(m.marks, mark{uint32(len(m.text)), Text})
	for _, v := range []struct {
		known bool
		text  string
	}{{owner != job.UserID{}, owner.String()}, {status != "", string(status)}} {
		kind := Absent
		if v.known {
			m.text += v.text
			kind = Text
		}
		m.marks = append(m.marks, mark{uint32(len(m.text)), kind})
	}
	return m
}

var identityColumns = []ColumnInfo{{"id", "uuid"}, {"user_id", "uuid"}, {"status", "text"}}

func isIdentity(c ColumnInfo) bool {
	return slices.ContainsFunc(identityColumns, func(i ColumnInfo) bool { return i.Name == c.Name })
}

// jobColumns are the columns that a job carries, in the order of the table.
var jobColumns = []struct {
	ColumnInfo
	print func(*job.Job) value
}{
	{ColumnInfo{"id", "uuid"}, func(j *job.Job) value { return printText(j.ID.String()) }},
	{ColumnInfo{"user_id", "uuid"}, func(j *job.Job) value { return printText(j.UserID.String()) }},
	{ColumnInfo{"status", "text"}, func(j *job.Job) value { return printText(string(j.Status)) }},
	{ColumnInfo{"input_file_path", "text"}, func(j *job.Job) value { return printText(j.InputPath) }},
	{ColumnInfo{"output_file_path", "text"}, func(j *job.Job) value { return printText(j.OutputPath) }},
	{ColumnInfo{"forecast_id", "text"}, func(j *job.Job) value { return printText(j.ForecastID) }},
	{ColumnInfo{"model_used", "text"}, func(j *job.Job) value { return printText(j.ModelUsed) }},
	{ColumnInfo{"metrics", "jsonb"}, func(j *job.Job) value { return printJSON(j.Metrics) }},
	{ColumnInfo{"error_message", "text"}, func(j *job.Job) value { return printText(j.ErrorMessage) }},
	{ColumnInfo{"created_at", "timestamptz"}, func(j *job.Job) value { return printTime(&j.CreatedAt) }},
	{ColumnInfo{"updated_at", "timestamptz"}, func(j *job.Job) value { return printTime(&j.UpdatedAt) }},
	{ColumnInfo{"params", "jsonb"}, func(j *job.Job) value { return printJSON(j.Params) }},
	{ColumnInfo{"progress", "float4"}, func(j *job.Job) value {
		return value{strconv.FormatFloat(j.Progress.Fraction, 'f', -1, 32), Text}
	}},
	{ColumnInfo{"stage", "text"}, func(j *job.Job) value { return value{j.Progress.Stage, Text} }},
	{ColumnInfo{"attempts", "int4"}, func(j *job.Job) value { return value{strconv.Itoa(j.Attempts), Text} }},
	{ColumnInfo{"max_attempts", "int4"}, func(j *job.Job) value { return value{strconv.Itoa(j.MaxAttempts), Text} }},
	{ColumnInfo{"run_at", "timestamptz"}, func(j *job.Job) value { return printTime(&j.RunAt) }},
	{ColumnInfo{"priority", "int4"}, func(j *job.Job) value { return value{strconv.Itoa(j.Priority), Text} }},
	{ColumnInfo{"version", "int8"}, func(j *job.Job) value { return value{strconv.FormatInt(j.Version, 10), Text} }},
	{ColumnInfo{"started_at", "timestamptz"}, func(j *job.Job) value { return printTime(j.StartedAt) }},
	{ColumnInfo{"finished_at", "timestamptz"}, func(j *job.Job) value { return printTime(j.FinishedAt) }},
	{ColumnInfo{"error_code", "text"}, func(j *job.Job) value { return printText(j.ErrorCode) }},
	{ColumnInfo{"file_name", "text"}, func(j *job.Job) value { return printText(j.FileName) }},
	{ColumnInfo{"file_bytes", "int8"}, func(j *job.Job) value { return printCount(j.FileBytes) }},
}

var jobColumnInfos = func() []ColumnInfo {
	infos := make([]ColumnInfo, len(jobColumns))
	for i, c := range jobColumns {
		infos[i] = c.ColumnInfo
	}
	return infos
}()

// printText prints a column whose null a job shows as "".
func printText(s string) value {
	if s == "" {
		return value{kind: Null}
	}
	return value{s, Text}
}

func printCount(n int64) value {
	if n == 0 {
		return value{kind: Null}
	}
	return value{strconv.FormatInt(n, 10), Text}
}

func printJSON(raw json.RawMessage) value {
	if len(raw) == 0 {
		return value{kind: Null}
	}
	return value{string(raw), Text}
}

func printTime(t *time.Time) value {
	switch {
	case t == nil || t.IsZero():
		return value{kind: Null}
	case t.Equal(endOfTime):
		return value{"infinity", Text}
	}
	return value{t.UTC().Format("2006-01-02 15:04:05.999999-07"), Text}
}
