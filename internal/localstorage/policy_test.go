package localstorage

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestUsersReadTheirFolderAndCreateThereWhatIsNoResult(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := user(t, alice), user(t, bob)
	job := alice + "/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5d/"
	b.ask("POST", "/object/forecast-uploads/"+job+"input.csv", mine, "mine").want(t)
	b.ask("POST", "/object/forecast-uploads/"+job+"output.json", serviceKey, "{}").want(t)
	b.ask("POST", "/object/open/"+job+"x", serviceKey, "open").want(t)

	for path, want := range map[string]bool{job + "input.csv": true, job + "output.json": true, job + "no": false} {
		if got := b.ask("GET", "/object/forecast-uploads/"+path, mine, ""); (got.status == http.StatusOK) != want {
			t.Errorf("alice gets %s: %d %s", path, got.status, got.body)
		}
		for _, token := range []string{theirs, anonKey, token(t, anon, ""), token(t, "", "")} {
			if got := b.ask("GET", "/object/forecast-uploads/"+path, token, ""); got.status == http.StatusOK {
				t.Errorf("somebody else gets %s", path)
			}
		}
	}
	for _, key := range []string{
		job + "runs/r/1/output.json", job + "runs/r/1/x", alice + "/runs/x", job + "Runs/x", job + "new/output.json",
		job + "forecast.csv", job + "forecast.png", alice + "/output.json", job + "Forecast.CSV",
		alice, "input.csv", bob + "/input.csv", alice + "x/input.csv",
	} {
		for _, method := range []string{"POST", "PUT"} {
			if got := b.ask(method, "/object/forecast-uploads/"+key, mine, "x"); got.fields(t)["statusCode"] != "403" {
				t.Errorf("%s %s: got %d %s", method, key, got.status, got.body)
			}
		}
		if got := b.ask("POST", "/object/upload/sign/forecast-uploads/"+key, mine, "{}"); got.status == http.StatusOK {
			t.Errorf("signed an upload to %s", key)
		}
		body := `{"bucketId":"forecast-uploads","sourceKey":"` + job + `input.csv","destinationKey":"` + key + `"}`
		for _, verb := range []string{"copy", "move"} {
			if got := b.ask("POST", "/object/"+verb, mine, body); got.status == http.StatusOK {
				t.Errorf("%s to %s", verb, key)
			}
		}
	}
	for _, c := range [][3]string{
		{"PUT", "/object/forecast-uploads/" + job + "input.csv", "changed"},
		{"DELETE", "/object/forecast-uploads/" + job + "input.csv", ""},
		{"POST", "/object/open/" + alice + "/input.csv", "another bucket"},
		{"GET", "/object/info/open/" + job + "x", ""},
		{"PUT", "/bucket/forecast-uploads", `{"public":true}`},
		{"DELETE", "/bucket/forecast-uploads", ""},
		{"POST", "/bucket/forecast-uploads/empty", ""},
	} {
		if got := b.ask(c[0], c[1], mine, c[2], "x-upsert", "true"); got.status == http.StatusOK {
			t.Errorf("%v: got %s", c, got.body)
		}
	}
	if got := b.ask("DELETE", "/object/forecast-uploads", mine, `{"prefixes":["`+job+`input.csv"]}`); got.body != "[]\n" {
		t.Errorf("removed: %s", got.body)
	}
	if got := b.ask("GET", "/object/forecast-uploads/"+job+"input.csv", mine, ""); got.body != "mine" {
		t.Errorf("after all this: %s", got.body)
	}
	b.ask("POST", "/object/copy", mine, `{"bucketId":"forecast-uploads","sourceKey":"`+job+`output.json","destinationKey":"`+job+`mine.json"}`).want(t)
}

func TestListsShowOnlyWhatIsTheCallers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, id := range []string{alice, bob} {
		b.ask("POST", "/object/forecast-uploads/"+id+"/j/input.csv", serviceKey, "x").want(t)
	}
	names := func(token, prefix string) (names []string) {
		var rows []struct {
			Name string  `json:"name"`
			ID   *string `json:"id"`
		}
		got := b.ask("POST", "/object/list/forecast-uploads", token, `{"prefix":"`+prefix+`"}`).want(t)
		if err := json.Unmarshal([]byte(got.body), &rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			names = append(names, r.Name)
		}
		return names
	}
	for _, c := range []struct {
		token, prefix string
		want          int
	}{
		{serviceKey, "", 2}, {user(t, alice), "", 1}, {anonKey, "", 0},
		{user(t, alice), alice, 1}, {user(t, alice), alice + "/j/", 1}, {user(t, alice), bob, 0}, {user(t, alice), bob + "/j", 0},
		{user(t, alice), alice + "/../" + bob + "/j", 0}, {serviceKey, "../" + uploads, 0},
	} {
		if got := names(c.token, c.prefix); len(got) != c.want {
			t.Errorf("prefix %q: got %v, want %d", c.prefix, got, c.want)
		}
	}
}

func TestSignedURLsOpenOneObjectForOnePurpose(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := user(t, alice)
	key := aliceKey()
	upload, _ := b.ask("POST", "/object/upload/sign/forecast-uploads/"+key, mine, "{}").want(t).fields(t)["url"].(string)
	b.ask("PUT", upload, "", "signed in", "Content-Type", "text/csv").want(t)
	if got := b.ask("PUT", upload, "", "again", "x-upsert", "true"); got.fields(t)["statusCode"] != "409" {
		t.Errorf("second PUT: got %d %s", got.status, got.body)
	}
	download, _ := b.ask("POST", "/object/sign/forecast-uploads/"+key, mine, `{"expiresIn":60}`).want(t).fields(t)["signedURL"].(string)
	if got := b.ask("GET", download+"&download=my.csv", "", ""); got.body != "signed in" || got.header.Get("Content-Disposition") != `attachment; filename=my.csv` {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
	_, grant, _ := cutQuery(download)
	_, uploadGrant, _ := cutQuery(upload)
	other := "/object/sign/forecast-uploads/" + aliceKey()
	for name, c := range map[string]struct{ path, kind, message string }{
		"changed":        {download[:len(download)-10] + "AAAAAAAAAA", "InvalidJWT", "signature verification failed"},
		"other path":     {other + "?" + grant, "InvalidSignature", "Invalid signature"},
		"upload's token": {"/object/sign/forecast-uploads/" + key + "?" + uploadGrant, "InvalidSignature", "Invalid signature"},
		"user's token":   {"/object/sign/forecast-uploads/" + key + "?token=" + mine, "InvalidSignature", "Invalid signature"},
		"no token":       {"/object/sign/forecast-uploads/" + key, "Error", "querystring must have required property 'token'"},
	} {
		f := b.ask("GET", c.path, "", "").fields(t)
		if f["error"] != c.kind || f["message"] != c.message {
			t.Errorf("%s: got %v", name, f)
		}
	}
	list := b.ask("POST", "/object/sign/forecast-uploads", mine, `{"expiresIn":60,"paths":["`+key+`","`+bob+`/x"]}`).want(t)
	var signed []struct{ Error, SignedURL *string }
	if err := json.Unmarshal([]byte(list.body), &signed); err != nil || len(signed) != 2 || signed[0].SignedURL == nil || signed[1].Error == nil || signed[1].SignedURL != nil {
		t.Errorf("list: got %s, %v", list.body, err)
	}
}
