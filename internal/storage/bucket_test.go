package storage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	storage_go "github.com/supabase-community/storage-go"
)

func TestAnObjectComesBackAsItWasUploaded(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for name, r := range map[string]io.Reader{"seekable": strings.NewReader("ds,y\n1,2\n"), "streamed": plain{strings.NewReader("ds,y\n1,2\n")}} {
		if err := b.Upload(t.Context(), b.input(), r, UploadOptions{ContentType: "text/csv", Upsert: true}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		o, err := b.Download(t.Context(), b.input(), "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := io.ReadAll(o.Body)
		if err = errors.Join(err, o.Body.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(body) != "ds,y\n1,2\n" || o.Size != 9 || o.ContentType != "text/csv" || o.Status != http.StatusOK || len(o.ETag) != 34 {
			t.Errorf("%s: got %q and %+v", name, body, o)
		}
	}
}

func TestAnEmptyObjectIsAnObject(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, r := range []io.Reader{strings.NewReader(""), plain{strings.NewReader("")}} {
		if err := b.Upload(t.Context(), b.input(), r, UploadOptions{Upsert: true}); err != nil {
			t.Fatal(err)
		}
		if got := b.get(t, b.input()); got != "" {
			t.Errorf("got %q, want nothing", got)
		}
	}
}

func TestUploadWithoutUpsertKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.put(t, b.input(), "first")
	err := b.Upload(t.Context(), b.input(), strings.NewReader("second"), UploadOptions{})
	if !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if got := b.get(t, b.input()); got != "first" {
		t.Errorf("the object is now %q", got)
	}
	b.put(t, b.input(), "third")
	if got := b.get(t, b.input()); got != "third" {
		t.Errorf("upsert left %q", got)
	}
}

func TestRangesAreRead(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.put(t, b.input(), "0123456789")
	o, err := b.Download(t.Context(), b.input(), "bytes=-3")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	if err != nil || string(body) != "789" || o.Status != http.StatusPartialContent || o.ContentRange != "bytes 7-9/10" || o.Size != 3 {
		t.Errorf("got %q, %v and %+v", body, err, o)
	}
	if _, err := b.Download(t.Context(), b.input(), "bytes=10-"); !errors.Is(err, ErrRange) {
		t.Errorf("past the end: got %v, want ErrRange", err)
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	ctx := t.Context()
	stranger := New(Config{URL: b.base, Key: "sb_secret_of_another_project", Bucket: b.name})
	elsewhere := New(Config{URL: b.base, Key: serviceKey, Bucket: "not-there"})
	open := func(b *Bucket) error { _, err := b.Download(ctx, Input(another()), ""); return err }
	stat := func() error { _, err := b.Stat(ctx, b.input()); return err }
	sign := func() error { _, err := b.SignedURL(ctx, b.input(), time.Minute); return err }
	for name, c := range map[string]struct{ got, want error }{
		"missing object":         {open(b.Bucket), ErrNotFound},
		"missing object, stat":   {stat(), ErrNotFound},
		"missing object, sign":   {sign(), ErrNotFound},
		"missing object, copy":   {b.Copy(ctx, b.input(), Folder(b.user, b.id).child("x")), ErrNotFound},
		"missing bucket":         {elsewhere.Ping(ctx), ErrNotFound},
		"missing bucket, upload": {elsewhere.Upload(ctx, b.input(), strings.NewReader("x"), UploadOptions{}), ErrNotFound},
		"wrong key":              {stranger.Upload(ctx, b.input(), strings.NewReader("x"), UploadOptions{}), ErrDenied},
		"wrong key, ping":        {stranger.Ping(ctx), ErrDenied},
		"too large":              {b.Upload(ctx, b.input(), plain{io.LimitReader(zeros{}, 257<<20)}, UploadOptions{}), ErrTooLarge},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestEnsureIsRepeatableAndRefusesAPublicBucket(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatalf("second time: %v", err)
	}
	client := storage_go.NewClient(b.base, serviceKey, nil)
	if _, err := client.UpdateBucket(b.name, storage_go.BucketOptions{Public: true}); err != nil {
		t.Fatal(err)
	}
	if err := b.Ensure(t.Context()); !errors.Is(err, ErrPublic) {
		t.Errorf("got %v, want ErrPublic", err)
	}
}

func TestAConfigThatCannotWorkSaysWhatToSet(t *testing.T) {
	t.Parallel()
	good := Config{URL: "http://127.0.0.1:1/storage/v1", Key: "k", Bucket: "forecast-uploads"}
	for variable, c := range map[string]Config{
		"SUPABASE_URL":              {URL: "db.example.com", Key: good.Key, Bucket: good.Bucket},
		"STORAGE_BUCKET":            {URL: good.URL, Key: good.Key, Bucket: "../other"},
		"SUPABASE_SERVICE_ROLE_KEY": {URL: good.URL, Bucket: good.Bucket},
	} {
		if err := New(c).Ping(context.Background()); err == nil || !strings.Contains(err.Error(), variable) {
			t.Errorf("got %v, want a word about %s", err, variable)
		}
	}
}

func TestDeleteFolderRemovesAllOfAJobAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	other := Input(another())
	b.put(t, other, "stays")
	b.put(t, b.input(), "goes")
	for fence := range int64(3) {
		for _, name := range ResultNames {
			k, err := RunFile(b.user, b.id, b.run, fence, name)
			if err != nil {
				t.Fatal(err)
			}
			b.put(t, k, "goes")
		}
	}
	if err := b.DeleteFolder(t.Context(), Folder(b.user, b.id)); err != nil {
		t.Fatal(err)
	}
	if entries, err := b.List(t.Context(), UserFolder(b.user)); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if got := b.get(t, other); got != "stays" {
		t.Errorf("the other job's input is %q", got)
	}
	if err := b.DeleteFolder(t.Context(), Folder(b.user, b.id)); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if b.DeleteFolder(t.Context(), Key{}) == nil || b.Delete(t.Context(), Key{}) == nil {
		t.Error("the whole bucket could be deleted")
	}
}

func TestPublishCopiesTheRunToTheCanonicalPaths(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for round := range int64(2) {
		for _, name := range ResultNames {
			b.put(t, RunFolder(b.user, b.id, b.run, round).child(name), name+string(rune('0'+round)))
		}
		if err := b.Publish(t.Context(), b.user, b.id, b.run, round); err != nil {
			t.Fatal(err)
		}
		for _, name := range ResultNames {
			k, err := Canonical(b.user, b.id, name)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := b.get(t, k), name+string(rune('0'+round)); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestPublishStreamsWhereACopyCannotReplace(t *testing.T) {
	t.Parallel()
	b := setup(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/object/copy") {
				r.Header.Del("x-upsert") // a server older than that header
			}
			next.ServeHTTP(w, r)
		})
	})
	from := RunFolder(b.user, b.id, b.run, 1).child(OutputName)
	to := Folder(b.user, b.id).child(OutputName)
	b.put(t, from, "new")
	b.put(t, to, "old")
	if err := b.Copy(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, to); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestListPagesThroughAFolder(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	runs := Folder(b.user, b.id).child(runsFolder)
	const many = pageSize + 3
	for i := range int64(many) {
		if err := b.Upload(t.Context(), Key{runs.path + "/" + itoa(i)}, strings.NewReader("x"), UploadOptions{Upsert: true}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := b.List(t.Context(), runs)
	if err != nil || len(entries) != many {
		t.Fatalf("got %d entries and %v, want %d", len(entries), err, many)
	}
	if e := entries[0]; e.Folder || e.Size != 1 || e.ETag == "" || e.Modified.IsZero() {
		t.Errorf("got %+v", e)
	}
	if err := b.DeleteFolder(t.Context(), runs); err != nil {
		t.Fatal(err)
	}
	if entries, err := b.List(t.Context(), Key{}); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestASignedURLIsReadWithoutAKey(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.put(t, b.input(), "signed")
	u, err := b.SignedURL(t.Context(), b.input(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{u: http.StatusOK, u + "x": http.StatusBadRequest, b.PublicURL(b.input()): http.StatusBadRequest} {
		resp, err := b.server.Client().Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want || (want == http.StatusOK && string(body) != "signed") {
			t.Errorf("%s: got %d %q %v, want %d", url, resp.StatusCode, body, err, want)
		}
	}
}
