package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// book is a workbook whose parts are read when they are needed.
type book struct {
	parts    map[string]*zip.File
	from1904 bool
	sheets   []part
	dates    []style // by the number of a cell's style
	strings  arena
	limit    int64 // bytes of text that the workbook may make
	left     int64 // bytes of text that its cells may still yield, each time they are read
}

// part is one sheet: its name, and where it lies in the archive.
type part struct{ name, path string }

const (
	maxParts   = 4096     // of the archive
	maxSheets  = 1024     // of the workbook
	maxStyles  = 64 << 10 // Excel writes no more
	maxStrings = 8 << 20
	maxArena   = 64 << 20 // bytes of all strings that cells share
)

// arena holds many texts one behind the other.
type arena struct {
	text []byte
	ends []uint32
}

func (a *arena) at(i int) []byte {
	switch {
	case i < 0 || i >= len(a.ends):
		return nil
	case i == 0:
		return a.text[:a.ends[0]]
	}
	return a.text[a.ends[i-1]:a.ends[i]]
}

// open reads what all sheets share.
func open(archive *zip.Reader, limit int64) (*book, error) {
	b := &book{parts: map[string]*zip.File{}, limit: limit, left: 2 * limit} // the sheet is read twice: looked at, and written
	for _, f := range archive.File {
		b.parts[strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/")] = f
	}
	targets, err := b.relations()
	if err != nil {
		return nil, err
	}
	if err := b.list(targets); err != nil {
		return nil, err
	}
	if err := b.styles(); err != nil {
		return nil, err
	}
	return b, b.shared()
}

// each calls do at every tag of a part. A part that is not there has none.
func (b *book) each(name string, do func(m *markup) error) error {
	f := b.parts[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	m := newMarkup(r)
	if head, _ := m.r.Peek(2); bytes.Equal(head, []byte{0xFF, 0xFE}) || bytes.Equal(head, []byte{0xFE, 0xFF}) {
		return errNoUTF8
	}
	for {
		err := m.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(m)
		}
		if errors.Is(err, errDone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// errDone ends the reading of a part early.
var errDone = errors.New("enough is known")

// relations are the places of the parts that the workbook names by an id.
func (b *book) relations() (map[string]string, error) {
	targets := map[string]string{}
	err := b.each("xl/_rels/workbook.xml.rels", func(m *markup) error {
		if target := string(m.value("Target")); m.is("Relationship") && target != "" && len(targets) < maxParts {
			if !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
			targets[string(m.value("Id"))] = strings.TrimPrefix(target, "/")
		}
		return nil
	})
	return targets, err
}

// list finds the sheets that a user sees, each part once.
func (b *book) list(targets map[string]string) error {
	taken := map[string]bool{}
	listed := 0
	err := b.each("xl/workbook.xml", func(m *markup) error {
		switch {
		case m.is("workbookPr"):
			on := string(m.value("date1904"))
			b.from1904 = b.from1904 || on == "1" || on == "true"
		case m.is("sheet") && m.kind != closes:
			listed++
			at := targets[string(m.idOf())]
			if f := b.parts[at]; f != nil && !taken[at] && !strings.HasSuffix(string(m.value("state")), "idden") && len(b.sheets) < maxSheets {
				taken[at] = true
				b.sheets = append(b.sheets, part{string(m.value("name")), at})
			}
		}
		return nil
	})
	if err == nil && listed == 0 {
		return errors.New("it lists no sheets")
	}
	return err
}

// idOf is the attribute id of another namespace: r:id under any prefix.
func (m *markup) idOf() []byte {
	for _, field := range bytes.Fields(m.tag) {
		if key, _, found := bytes.Cut(field, []byte("=")); found && bytes.HasSuffix(key, []byte(":id")) {
			return m.value(string(key))
		}
	}
	return nil
}

// shared reads the texts that cells share, without the readings that stand
// above Japanese ones.
func (b *book) shared() error {
	a, reading := &b.strings, 0
	var item []byte
	return b.each("xl/sharedStrings.xml", func(m *markup) error {
		switch {
		case m.is("rPh") && m.kind == opens:
			reading++
		case m.is("rPh") && m.kind == closes:
			reading = max(0, reading-1)
		case m.is("t") && m.kind == closes && reading == 0:
			item = append(item, m.text...)
		case m.is("si") && m.kind != opens:
			if len(a.text)+len(item) > maxArena || len(a.ends) >= maxStrings {
				return tooLarge(maxArena, " of text in its cells")
			}
			a.text = append(a.text, item...)
			a.ends = append(a.ends, uint32(len(a.text)))
			item = item[:0]
		}
		if len(item) > maxMark {
			return errLongMark
		}
		return nil
	})
}
