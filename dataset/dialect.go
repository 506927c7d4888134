package dataset

import (
	"bytes"
	"math"
)

// delimiters are the candidates, the likelier ones first: ties go to them.
// Those of the second list also stand inside cells; they are tried where no
// record has one of the first.
var (
	delimiters       = []byte{',', ';', '\t', '|'}
	secondDelimiters = []byte{'^', '~', ' ', ':'}
)

// headLimits let every record of the head pass.
var headLimits = Limits{Columns: headBytes + 1, FieldBytes: headBytes + 1, RecordBytes: 2 * headBytes, Series: 1}

// sniffRecords is how many records of the head each candidate is tried on.
const sniffRecords = 1000

// sniffDialect decides from the head of the text how it is cut into records
// and fields. declared is the delimiter of a "sep=" line, or 0.
func sniffDialect(head []byte, declared byte) dialect {
	d := dialect{quote: '"', bareCR: bareCR(head), backslash: bytes.Contains(head, []byte(`\"`)) && !bytes.Contains(head, []byte(`\"",`))}
	if bytes.IndexByte(head, '"') < 0 && singleQuoted(head) {
		d.quote = '\''
	}
	if declared != 0 {
		d.delim = declared
		return d
	}
	best := 0.0
	for _, list := range [][]byte{delimiters, secondDelimiters} {
		for _, delim := range list {
			trial := d
			trial.delim = delim
			if score := scoreDialect(head, trial); score > best {
				best, d.delim = score, delim
			}
		}
		if best > 0 {
			return d
		}
	}
	return d
}

// bareCR reports whether a carriage return alone ends records.
func bareCR(head []byte) bool {
	if n := len(head); n > 0 && head[n-1] == '\r' {
		head = head[:n-1]
		if bytes.IndexByte(head, '\n') < 0 {
			return true
		}
	}
	return bytes.Count(head, []byte{'\r'}) > bytes.Count(head, []byte("\r\n"))
}

// singleQuoted reports whether fields are wrapped in apostrophes.
func singleQuoted(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	opens := 0
	for _, around := range []string{"','", "';'", "'\t'", "'|'", "',", ",'", "';", ";'"} {
		opens += bytes.Count(line, []byte(around))
	}
	return opens > 0 && (line[0] == '\'' || bytes.HasSuffix(trimRight(line), []byte{'\''}))
}

// scoreDialect rates a delimiter: how many records agree on the number of
// fields, how many fields that makes, and how many cells then look like
// numbers, times or missing values. A delimiter that no record has scores 0.
func scoreDialect(head []byte, d dialect) float64 {
	s := newScanner(bytes.NewReader(head), d, headLimits)
	widths := map[int]int{}
	records, cells, typed := 0, 0, 0
	for records < sniffRecords {
		r, err := s.next()
		if err != nil {
			break
		}
		if blankRecord(r) {
			continue
		}
		records++
		widths[len(r.fields)]++
		for _, f := range r.fields {
			cells++
			if k := kindOf(f); k.typed() || k == blank {
				typed++
			}
		}
	}
	width, agree := modal(widths)
	if width < 2 {
		return 0
	}
	consistency := float64(agree) / float64(records)
	if bytes.IndexByte(secondDelimiters, d.delim) >= 0 && (consistency < 0.8 || 2*typed < cells) {
		return 0 // prose, and times of one column, have blanks and colons too
	}
	return consistency * consistency * (0.1 + float64(typed)/float64(cells)) * math.Log2(float64(width)+1)
}

// modal returns the number of fields that most records have, the larger one
// when two are equally frequent.
func modal(widths map[int]int) (width, records int) {
	for w, n := range widths {
		if n > records || n == records && w > width {
			width, records = w, n
		}
	}
	return width, records
}

func blankRecord(r *record) bool {
	return len(r.fields) == 1 && len(trim(r.fields[0])) == 0
}

// declaredDelimiter reads the "sep=;" line that Excel writes and honours.
func declaredDelimiter(head []byte) byte {
	line := trimRight(head[:min(len(head), 16)])
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	line = bytes.Trim(line, `"`)
	if len(line) == 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
		return line[4]
	}
	return 0
}
