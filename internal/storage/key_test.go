package storage

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/internal/job"
)

func ids(t *rapid.T) (job.UserID, job.ID, job.RunID) {
	draw := func(name string) uuid.UUID {
		var u uuid.UUID
		copy(u[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
		return u
	}
	return job.UserID{UUID: draw("user")}, job.ID{UUID: draw("job")}, job.RunID{UUID: draw("run")}
}

// Whatever the ids and the name, a key stays in the folder of its user when a
// URL is made of it, and no name that is not ours makes a key.
func TestKeysNeverLeaveTheFolderOfTheirUser(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("http://127.0.0.1/storage/v1")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		user, id, run := ids(t)
		fence := rapid.Int64().Draw(t, "fence")
		name := rapid.OneOf(rapid.SampledFrom(ResultNames[:]), rapid.String(),
			rapid.SampledFrom([]string{"../output.json", "output.json/..", "output.json?x", "output.json#", "%2e%2e", "", "input.csv"})).Draw(t, "name")
		keys := []Key{Input(user, id), Folder(user, id), UserFolder(user), RunFolder(user, id, run, fence)}
		known := name == OutputName || name == ForecastName || name == ImageName
		for _, result := range []func() (Key, error){
			func() (Key, error) { return Canonical(user, id, name) },
			func() (Key, error) { return RunFile(user, id, run, fence, name) },
		} {
			k, err := result()
			if (err == nil) != known {
				t.Fatalf("%q: got %q, %v", name, k, err)
			}
			if err == nil {
				keys = append(keys, k)
			}
		}
		for _, k := range keys {
			u, err := url.Parse(base.String() + "/object/forecast-uploads/" + k.String())
			if err != nil {
				t.Fatal(err)
			}
			resolved := base.ResolveReference(u)
			if want := "/storage/v1/object/forecast-uploads/" + k.String(); resolved.Path != want || resolved.RawQuery != "" || resolved.Fragment != "" {
				t.Fatalf("%q became %q", want, resolved)
			}
			if path.Clean(k.String()) != k.String() || !strings.HasPrefix(k.String()+"/", user.String()+"/") {
				t.Fatalf("%q is not in the folder of %s", k, user)
			}
			if again, err := ParseKey(k.String()); err != nil || again != k {
				t.Fatalf("ParseKey(%q) = %q, %v", k, again, err)
			}
		}
	})
}

func FuzzParseKey(f *testing.F) {
	const u, j, r = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5d"
	for _, s := range []string{
		u, u + "/" + j, u + "/" + j + "/input.csv", u + "/" + j + "/runs/" + r + "/7/output.json",
		u + "/../" + j, u + "/" + j + "/input.csv/", "//", u + "/" + j + "/runs/" + r + "/07", "{" + u + "}/" + j, strings.ToUpper(u),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKey(s)
		if err != nil {
			return
		}
		if k.String() != s || path.Clean(s) != s || strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz/.-") != "" {
			t.Fatalf("%q was taken as %q", s, k)
		}
	})
}
