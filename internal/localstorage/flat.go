package localstorage

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"path"
	"slices"
	"strings"
)

// flatQuery is the body of the second form of a list: by prefix of the whole
// key, through all folders unless with_delimiter groups them.
type flatQuery struct {
	Prefix    string `json:"prefix"`
	Limit     *int   `json:"limit"` // null means 1,000
	Cursor    string `json:"cursor"`
	Delimiter bool   `json:"with_delimiter"`
	SortBy    struct {
		Column string `json:"column"` // name, updated_at or created_at; "" means name
		Order  string `json:"order"`  // "desc", else ascending
	} `json:"sortBy"`
}

// flatRow is an object or, without an id, a folder of such a list: its name is
// the whole key, its key the segment in which the list differs.
type flatRow struct {
	row
	Key string `json:"key"`
}

// flatFolder is what is said of a folder.
type flatFolder struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

func (s *Server) listFlat(w http.ResponseWriter, r *request) error {
	var q flatQuery
	if err := readJSON(r.Request, &q); err != nil {
		return err
	}
	limit := maxListed
	if q.Limit != nil {
		limit = *q.Limit
	}
	if limit < 1 || q.SortBy.Column != "" && q.SortBy.Column != "name" && q.SortBy.Column != "updated_at" && q.SortBy.Column != "created_at" {
		return badRequest("body/limit must be >= 1, body/sortBy/column one of name, updated_at, created_at")
	}
	found, err := s.flat(r, q)
	if err != nil {
		return err
	}
	after, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil {
		return badRequest("body/cursor is not one of ours")
	}
	from := 0
	if len(after) > 0 {
		from = q.behind(found, string(after))
	}
	page := found[from:min(from+min(limit, maxListed), len(found))]
	answer := map[string]any{"hasNext": from+len(page) < len(found)}
	folders, objects := []flatFolder{}, []flatRow{}
	for _, f := range page {
		if f.ID == nil {
			folders = append(folders, flatFolder{f.Name, f.Key})
		} else {
			objects = append(objects, f)
		}
	}
	if answer["folders"], answer["objects"] = folders, objects; answer["hasNext"] == true {
		answer["nextCursor"] = base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].Name))
	}
	return writeJSON(w, answer)
}

// behind is the place after the last name of the page before. By name it is found
// also when that object has gone.
func (q *flatQuery) behind(found []flatRow, after string) int {
	i := slices.IndexFunc(found, func(f flatRow) bool { return f.Name == after })
	if i >= 0 || q.SortBy.Column != "" && q.SortBy.Column != "name" {
		return i + 1
	}
	i = slices.IndexFunc(found, func(f flatRow) bool { return q.sign()*strings.Compare(f.Name, after) > 0 })
	if i < 0 {
		return len(found)
	}
	return i
}

// sign is -1 for a list in descending order.
func (q *flatQuery) sign() int {
	if strings.EqualFold(q.SortBy.Order, "desc") {
		return -1
	}
	return 1
}

// flat returns everything that the caller sees under a prefix, in order.
func (s *Server) flat(r *request, q flatQuery) ([]flatRow, error) {
	found := []flatRow{}
	if s.store.bucket(r.bucket) == nil {
		return found, nil
	}
	start, _ := path.Split(q.Prefix) // the folder in which all of it lies
	start = strings.TrimSuffix(start, "/")
	if start != "" && checkKey(start) != nil {
		return found, nil
	}
	grouped := map[string]bool{}
	err := s.store.walk(r.bucket, start, func(key string) error {
		rest, below := strings.CutPrefix(key, q.Prefix)
		if !below || !s.sees(r.caller, r.bucket, key) {
			return nil
		}
		if folder, _, nested := strings.Cut(rest, "/"); q.Delimiter && nested {
			if name := q.Prefix + folder + "/"; !grouped[name] {
				grouped[name] = true
				found = append(found, flatRow{row{Name: name}, path.Base(name)})
			}
			return nil
		}
		m, err := s.store.stat(r.bucket, key)
		if err != nil {
			return nil // it has gone meanwhile, or is broken
		}
		last := key
		if q.Delimiter {
			last = path.Base(key)
		}
		found = append(found, flatRow{rowOf(key, m), last})
		return nil
	})
	slices.SortFunc(found, func(a, b flatRow) int {
		byTime := 0
		switch {
		case a.ID == nil || b.ID == nil:
		case q.SortBy.Column == "updated_at":
			byTime = a.Updated.Compare(*b.Updated)
		case q.SortBy.Column == "created_at":
			byTime = a.Created.Compare(*b.Created)
		}
		return q.sign() * cmp.Or(byTime, strings.Compare(a.Name, b.Name))
	})
	return found, err
}

// walk calls each with every key in a folder, at any depth.
func (s *store) walk(bucket, folder string, each func(key string) error) error {
	entries, err := s.children(folderPath(bucket, folder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		key := path.Join(folder, e.name)
		if e.folder {
			err = s.walk(bucket, key, each)
		} else {
			err = each(key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
