package localstorage

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestFlatListsGoThroughFolders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{alice + "/a.csv", alice + "/j/1.csv", alice + "/j/2.csv", alice + "/k/3.csv", bob + "/x.csv"} {
		b.ask("POST", "/object/forecast-uploads/"+key, serviceKey, "x").want(t)
	}
	type page struct {
		HasNext    bool
		NextCursor string
		Folders    []struct{ Name, Key string }
		Objects    []struct{ Name, Key, ID string }
	}
	list := func(token, body string) (p page) {
		t.Helper()
		got := b.ask("POST", "/object/list-v2/forecast-uploads", token, body).want(t)
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	mine := user(t, alice)
	if p := list(mine, `{}`); len(p.Objects) != 4 || p.HasNext || p.Objects[1].Name != alice+"/j/1.csv" || p.Objects[0].ID == "" {
		t.Errorf("all of alice's: %+v", p)
	}
	if p := list(mine, `{"prefix": "`+alice+`/", "with_delimiter": true}`); len(p.Folders) != 2 || len(p.Objects) != 1 ||
		p.Folders[0].Name != alice+"/j/" || p.Folders[0].Key != "j" || p.Objects[0].Key != "a.csv" {
		t.Errorf("grouped: %+v", p)
	}
	var names []string
	for cursor := ""; ; {
		p := list(serviceKey, `{"limit": 2, "cursor": "`+cursor+`"}`)
		for _, o := range p.Objects {
			names = append(names, o.Name)
		}
		if !p.HasNext {
			break
		}
		cursor = p.NextCursor
	}
	if len(names) != 5 {
		t.Errorf("by pages: %v", names)
	}
	for name, body := range map[string]string{"another's": `{"prefix": "` + bob + `"}`, "dots": `{"prefix": "../"}`, "nothing": `{"prefix": "` + alice + `/z"}`} {
		if p := list(mine, body); len(p.Objects)+len(p.Folders) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := list(serviceKey, `{"prefix": "`+alice+`/j/", "sortBy": {"column": "name", "order": "desc"}}`); len(p.Objects) != 2 || !strings.HasSuffix(p.Objects[0].Name, "2.csv") {
		t.Errorf("from the end: %+v", p)
	}
}

func TestOtherSitesCallWhenTheyMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.ask("OPTIONS", "/object/forecast-uploads/a", "", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("nobody was named, and got %v", got.header)
	}
	b.local.config.Origins = []string{"https://app.example"}
	pre := b.ask("OPTIONS", "/upload/resumable", "", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST")
	if pre.status != http.StatusNoContent || pre.header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(pre.header.Get("Access-Control-Allow-Headers"), "Upload-Metadata") {
		t.Errorf("preflight: got %d %v", pre.status, pre.header)
	}
	if got := b.ask("GET", "/object/public/open/none", "", "", "Origin", "https://app.example"); got.header.Get("Access-Control-Allow-Origin") == "" || !strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "Upload-Offset") {
		t.Errorf("an answer: %v", got.header)
	}
	if got := b.ask("GET", "/object/public/open/none", "", "", "Origin", "https://evil.example"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another site: %v", got.header)
	}
}
