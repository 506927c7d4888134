package localstorage

import (
	"io"
	"net/http"
	"strings"
	"testing"

	storage_go "github.com/supabase-community/storage-go"
)

// Every method of storage-go finds what it looks for, each on a client of its
// own, as its header map wants it.
func TestEveryMethodOfStorageGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client := func() *storage_go.Client { return storage_go.NewClient(b.http.URL+"/storage/v1", serviceKey, nil) }
	ok := func(doing string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", doing, err)
		}
	}
	says := func(doing string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", doing, err, want)
		}
	}
	csv, upsert := "text/csv", true

	_, err := client().CreateBucket("sg", storage_go.BucketOptions{FileSizeLimit: "1MB", AllowedMimeTypes: []string{"text/csv"}})
	ok("create bucket", err)
	_, err = client().CreateBucket("sg", storage_go.BucketOptions{})
	says("create bucket again", err, "The resource already exists")
	bucket, err := client().GetBucket("sg")
	ok("get bucket", err)
	if bucket.Id != "sg" || bucket.Public {
		t.Errorf("bucket %+v", bucket)
	}
	all, err := client().ListBuckets()
	ok("list buckets", err)
	if len(all) != 3 {
		t.Errorf("buckets %+v", all)
	}
	_, err = client().UploadFile("sg", "a/b.csv", strings.NewReader("ds,y\n"), storage_go.FileOptions{ContentType: &csv})
	ok("upload", err)
	_, err = client().UploadFile("sg", "a/b.csv", strings.NewReader("again"), storage_go.FileOptions{ContentType: &csv})
	says("upload again", err, "The resource already exists")
	_, err = client().UpdateFile("sg", "a/b.csv", strings.NewReader("ds,y\n1,2\n"), storage_go.FileOptions{ContentType: &csv, Upsert: &upsert})
	ok("update", err)
	_, err = client().UploadFile("sg", "a/c.csv", strings.NewReader("x"))
	says("upload as JSON", err, "mime type")
	_, err = client().UploadFile("sg", "a/c.csv", io.LimitReader(zeros{}, 2<<20), storage_go.FileOptions{ContentType: &csv})
	says("upload too much", err, "exceeded the maximum allowed size")
	text, err := client().DownloadFile("sg", "a/b.csv")
	ok("download", err)
	if string(text) != "ds,y\n1,2\n" {
		t.Errorf("downloaded %q", text)
	}
	_, err = client().DownloadFile("sg", "a/none.csv")
	says("download nothing", err, "Object not found")
	_, err = client().DownloadFile("nope", "a")
	says("download from nowhere", err, "Bucket not found")

	files, err := client().ListFiles("sg", "a", storage_go.FileSearchOptions{Limit: 10, SortByOptions: storage_go.SortBy{Column: "name", Order: "asc"}})
	ok("list", err)
	folders, err := client().ListFiles("sg", "", storage_go.FileSearchOptions{Limit: 10, SortByOptions: storage_go.SortBy{Column: "name"}})
	ok("list folders", err)
	if len(files) != 1 || files[0].Name != "b.csv" || files[0].Id == "" || len(folders) != 1 || folders[0].Id != "" {
		t.Errorf("files %+v, folders %+v", files, folders)
	}
	signed, err := client().CreateSignedUrl("sg", "a/b.csv", 60)
	ok("sign", err)
	res, err := http.Get(signed.SignedURL)
	ok("get signed", err)
	if text, err = io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || string(text) != "ds,y\n1,2\n" {
		t.Errorf("signed: %s %s", res.Status, text)
	}
	ok("close", res.Body.Close())
	http.DefaultClient.CloseIdleConnections()

	_, err = client().CreateBucket("any", storage_go.BucketOptions{Public: true})
	ok("create public bucket", err)
	to, err := client().CreateSignedUploadUrl("any", "u.csv")
	ok("sign upload", err)
	_, err = client().UploadToSignedUrl(to.Url, strings.NewReader("signed"))
	ok("upload signed", err)
	res, err = http.Get(client().GetPublicUrl("any", "u.csv").SignedURL)
	ok("get public", err)
	if text, err = io.ReadAll(res.Body); err != nil || string(text) != "signed" {
		t.Errorf("public: %s %s", res.Status, text)
	}
	ok("close", res.Body.Close())
	http.DefaultClient.CloseIdleConnections()

	_, err = client().MoveFile("sg", "a/b.csv", "d/e.csv")
	ok("move", err)
	_, err = client().MoveFile("sg", "a/b.csv", "d/e.csv")
	says("move nothing", err, "Object not found")
	_, err = client().DeleteBucket("sg")
	says("delete a bucket that holds something", err, "not empty")
	removed, err := client().RemoveFile("sg", []string{"d/e.csv", "d/none.csv"})
	ok("remove", err)
	if len(removed) != 1 {
		t.Errorf("removed %+v", removed)
	}
	_, err = client().EmptyBucket("any")
	ok("empty bucket", err)
	for _, id := range []string{"any", "sg"} {
		_, err = client().DeleteBucket(id)
		ok("delete bucket "+id, err)
	}
	_, err = client().UpdateBucket("sg", storage_go.BucketOptions{})
	says("update nothing", err, "Bucket not found")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
