package localstorage

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// entry is a direct child of a folder: an object or another folder.
type entry struct {
	name   string
	folder bool
	meta   meta // of an object, once it was read
}

// query is the body of a list request.
type query struct {
	Prefix string `json:"prefix"` // the folder
	Search string `json:"search"` // how names begin, in any case; "" all
	Limit  *int   `json:"limit"`  // null means 100
	Offset int    `json:"offset"`
	SortBy struct {
		Column string `json:"column"` // "" means name
		Order  string `json:"order"`  // "desc", else ascending
	} `json:"sortBy"`
}

// times are what a list can be sorted by beside the name.
var times = map[string]func(meta) time.Time{
	"created_at":       func(m meta) time.Time { return m.Created },
	"updated_at":       func(m meta) time.Time { return m.Updated },
	"last_accessed_at": func(m meta) time.Time { return m.Updated },
}

const maxListed = 1000

func (q *query) check() error {
	if q.Limit == nil {
		standard := 100
		q.Limit = &standard
	}
	if *q.Limit < 1 || q.Offset < 0 {
		return badRequest("body/limit must be >= 1, body/offset must be >= 0")
	}
	*q.Limit = min(*q.Limit, maxListed)
	if c := q.SortBy.Column; c != "" && c != "name" && times[c] == nil {
		return badRequest("body/sortBy/column must be one of name, updated_at, created_at, last_accessed_at")
	}
	return nil
}

// list returns the page of a folder that q asks for, folders first, of the
// names that keep lets through. What cannot be a folder is an empty one.
func (s *store) list(bucket string, q query, keep func(name string) bool) ([]entry, error) {
	folder := strings.TrimSuffix(q.Prefix, "/")
	if folder != "" && checkKey(folder) != nil {
		return nil, nil
	}
	all, err := s.children(folderPath(bucket, folder))
	if err != nil {
		return nil, err
	}
	search := strings.ToLower(q.Search)
	all = slices.DeleteFunc(all, func(e entry) bool {
		return !keep(e.name) || !strings.HasPrefix(strings.ToLower(e.name), search)
	})
	at := times[q.SortBy.Column]
	if at != nil { // else only the page is read
		all = s.describe(bucket, folder, all)
	}
	slices.SortFunc(all, q.order(at))
	page := all[min(q.Offset, len(all)):min(q.Offset+*q.Limit, len(all))]
	if at == nil {
		page = s.describe(bucket, folder, page)
	}
	return page, nil
}

// order compares entries: folders first, then by time or name.
func (q *query) order(at func(meta) time.Time) func(a, b entry) int {
	sign := 1
	if strings.EqualFold(q.SortBy.Order, "desc") {
		sign = -1
	}
	return func(a, b entry) int {
		if a.folder != b.folder {
			return cmp.Compare(rank(a), rank(b))
		}
		if at != nil && !a.folder {
			if c := at(a.meta).Compare(at(b.meta)); c != 0 {
				return sign * c
			}
		}
		return sign * strings.Compare(a.name, b.name)
	}
}

func rank(e entry) int {
	if e.folder {
		return 0
	}
	return 1
}

// describe reads the metadata of objects; one that has gone meanwhile, or is
// not whole, is left out.
func (s *store) describe(bucket, folder string, entries []entry) []entry {
	described := make([]entry, 0, len(entries))
	for _, e := range entries {
		var err error
		if !e.folder {
			e.meta, err = s.stat(bucket, path.Join(folder, e.name))
		}
		if err == nil {
			described = append(described, e)
		}
	}
	return described
}

// children returns what is directly in a folder of the disk. Empty folders,
// which a crash may leave, are not there.
func (s *store) children(dir string) ([]entry, error) {
	f, err := s.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	defer f.Close()
	found, err := f.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list folder: %w", err)
	}
	var entries []entry
	for _, e := range found {
		name, isObject := strings.CutSuffix(e.Name(), objectSuffix)
		if isObject && e.Type().IsRegular() {
			entries = append(entries, entry{name: name})
		}
		if e.IsDir() && s.holds(path.Join(dir, e.Name())) {
			entries = append(entries, entry{name: e.Name(), folder: true})
		}
	}
	return entries, nil
}

// holds reports whether a folder of the disk holds an object at any depth.
func (s *store) holds(dir string) bool {
	f, err := s.root.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	for {
		found, err := f.ReadDir(16)
		for _, e := range found {
			if e.Type().IsRegular() || e.IsDir() && s.holds(path.Join(dir, e.Name())) {
				return true
			}
		}
		if err != nil {
			return false
		}
	}
}
