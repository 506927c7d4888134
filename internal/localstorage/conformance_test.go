package localstorage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The table is the page of facts measured on supabase/storage 1.11.2 (commit
// of 2026-08-21), line by line: HTTP status, statusCode, error, message.
func TestErrorsAreThoseOfSupabaseStorage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask("POST", "/object/forecast-uploads/there.csv", serviceKey, "x").want(t)
	b.ask("POST", "/object/forecast-uploads/also.csv", serviceKey, "x").want(t)
	b.ask("POST", "/object/forecast-uploads/"+bob+"/input.csv", serviceKey, "x").want(t)
	b.ask("POST", "/bucket", serviceKey, `{"id":"small","name":"small","file_size_limit":4,"allowed_mime_types":["text/csv","image/*"]}`).want(t)
	past := jwt.MapClaims{"role": "service_role", "exp": time.Now().Add(-time.Minute).Unix()}
	later := jwt.MapClaims{"role": "service_role", "nbf": time.Now().Add(time.Minute).Unix()}
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"role": "service_role"})
	const rls = "new row violates row-level security policy"
	for _, c := range []struct {
		name, method, path, token, body string
		header                          []string
		http                            int
		status, kind, message           string
	}{
		{"bucket exists", "POST", "/bucket", serviceKey, `{"id":"open","name":"open"}`, nil, 400, "409", "Duplicate", "The resource already exists"},
		{"bucket unknown", "GET", "/bucket/nope", serviceKey, "", nil, 400, "404", "Bucket not found", "Bucket not found"},
		{"bucket unknown, upload", "POST", "/object/nope/a.csv", serviceKey, "x", nil, 400, "404", "Bucket not found", "Bucket not found"},
		{"bucket unknown, download", "GET", "/object/nope/a.csv", serviceKey, "", nil, 400, "404", "Bucket not found", "Bucket not found"},
		{"bucket name with slash", "POST", "/bucket", serviceKey, `{"id":"a/b","name":"a/b"}`, nil, 400, "400", "Invalid Input", "Bucket name invalid"},
		{"bucket name of dots", "POST", "/bucket", serviceKey, `{"id":"..","name":".."}`, nil, 400, "400", "Invalid Input", "Bucket name invalid"},
		{"bucket not empty", "DELETE", "/bucket/forecast-uploads", serviceKey, `"e30="`, nil, 400, "409", "ResourceNotEmpty", "The bucket you tried to delete is not empty"},
		{"bucket by a user", "POST", "/bucket", user(t, alice), `{"id":"mine","name":"mine"}`, nil, 400, "403", "Unauthorized", rls},
		{"bucket seen by a user", "GET", "/bucket/forecast-uploads", user(t, alice), "", nil, 400, "404", "Bucket not found", "Bucket not found"},

		{"no authorization", "POST", "/object/forecast-uploads/a.csv", "", "x", nil, 400, "400", "Error", "headers must have required property 'authorization'"},
		{"apikey alone", "POST", "/object/forecast-uploads/a.csv", "", "x", []string{"apikey", serviceKey}, 400, "400", "Error", "headers must have required property 'authorization'"},
		{"not a JWT", "POST", "/object/forecast-uploads/a.csv", "words", "x", nil, 400, "403", "Unauthorized", "Invalid Compact JWS"},
		{"wrong signature", "POST", "/object/forecast-uploads/a.csv", sign(t, jwt.SigningMethodHS256, []byte("other"), past), "x", nil, 400, "403", "Unauthorized", "signature verification failed"},
		{"expired", "POST", "/object/forecast-uploads/a.csv", sign(t, jwt.SigningMethodHS256, testSecret, past), "x", nil, 400, "403", "Unauthorized", `"exp" claim timestamp check failed`},
		{"not yet", "POST", "/object/forecast-uploads/a.csv", sign(t, jwt.SigningMethodHS256, testSecret, later), "x", nil, 400, "403", "Unauthorized", `"nbf" claim timestamp check failed`},
		{"alg none", "POST", "/object/forecast-uploads/a.csv", none, "x", nil, 400, "403", "Unauthorized", `"alg" (Algorithm) Header Parameter value not allowed`},
		{"no role is anon", "POST", "/object/forecast-uploads/a.csv", token(t, "", ""), "x", nil, 400, "403", "Unauthorized", rls},
		{"role unknown", "POST", "/object/forecast-uploads/a.csv", token(t, "wizard", ""), "x", nil, 500, "500", "DatabaseError", "database error, code: 22023"},
		{"sub not a uuid", "POST", "/object/forecast-uploads/a.csv", token(t, authenticated, "alice"), "x", nil, 400, "400", "InvalidParameter", "invalid input syntax for type uuid"},

		{"duplicate", "POST", "/object/forecast-uploads/there.csv", serviceKey, "y", nil, 400, "409", "Duplicate", "The resource already exists"},
		{"over the limit", "POST", "/object/small/a.csv", serviceKey, "12345", []string{"Content-Type", "text/csv"}, 400, "413", "Payload too large", "The object exceeded the maximum allowed size"},
		{"over the server's limit", "POST", "/object/open/a.csv", serviceKey, strings.Repeat("x", 1<<20+1), nil, 400, "413", "Payload too large", "The object exceeded the maximum allowed size"},
		{"type not allowed", "POST", "/object/small/a.csv", serviceKey, "x", []string{"Content-Type", "text/html"}, 400, "415", "invalid_mime_type", "mime type text/html is not supported"},
		{"type with a parameter", "POST", "/object/small/a.csv", serviceKey, "x", []string{"Content-Type", "text/csv; charset=utf-8"}, 400, "415", "invalid_mime_type", "mime type text/csv; charset=utf-8 is not supported"},

		{"missing, get", "GET", "/object/forecast-uploads/no.csv", serviceKey, "", nil, 400, "404", "not_found", "Object not found"},
		{"missing, authenticated", "GET", "/object/authenticated/forecast-uploads/no.csv", serviceKey, "", nil, 400, "404", "not_found", "Object not found"},
		{"missing, info", "GET", "/object/info/forecast-uploads/no.csv", serviceKey, "", nil, 400, "404", "not_found", "Object not found"},
		{"missing, sign", "POST", "/object/sign/forecast-uploads/no.csv", serviceKey, `{"expiresIn":60}`, nil, 400, "404", "not_found", "Object not found"},
		{"missing, delete", "DELETE", "/object/forecast-uploads/no.csv", serviceKey, "", nil, 400, "404", "not_found", "Object not found"},
		{"missing, move", "POST", "/object/move", serviceKey, `{"bucketId":"forecast-uploads","sourceKey":"no.csv","destinationKey":"b.csv"}`, nil, 400, "404", "not_found", "Object not found"},
		{"missing, copy", "POST", "/object/copy", serviceKey, `{"bucketId":"forecast-uploads","sourceKey":"no.csv","destinationKey":"b.csv"}`, nil, 400, "404", "not_found", "Object not found"},
		{"move onto another", "POST", "/object/move", serviceKey, `{"bucketId":"forecast-uploads","sourceKey":"there.csv","destinationKey":"also.csv"}`, nil, 400, "409", "Duplicate", "The resource already exists"},
		{"copy onto another", "POST", "/object/copy", serviceKey, `{"bucketId":"forecast-uploads","sourceKey":"there.csv","destinationKey":"also.csv"}`, nil, 400, "409", "Duplicate", "The resource already exists"},

		{"other's, get", "GET", "/object/forecast-uploads/" + bob + "/input.csv", user(t, alice), "", nil, 400, "404", "not_found", "Object not found"},
		{"other's, info", "GET", "/object/info/forecast-uploads/" + bob + "/input.csv", user(t, alice), "", nil, 400, "404", "not_found", "Object not found"},
		{"other's, sign", "POST", "/object/sign/forecast-uploads/" + bob + "/input.csv", user(t, alice), `{"expiresIn":60}`, nil, 400, "404", "not_found", "Object not found"},
		{"other's, move from", "POST", "/object/move", user(t, alice), `{"bucketId":"forecast-uploads","sourceKey":"` + bob + `/input.csv","destinationKey":"` + alice + `/a.csv"}`, nil, 400, "404", "not_found", "Object not found"},
		{"other's, put", "PUT", "/object/forecast-uploads/" + bob + "/input.csv", user(t, alice), "y", nil, 400, "403", "Unauthorized", rls},
		{"other's, upsert", "POST", "/object/forecast-uploads/" + bob + "/input.csv", user(t, alice), "y", []string{"x-upsert", "true"}, 400, "403", "Unauthorized", rls},
		{"other's, sign upload", "POST", "/object/upload/sign/forecast-uploads/" + bob + "/new.csv", user(t, alice), "{}", nil, 400, "403", "Unauthorized", rls},
		{"other's, delete", "DELETE", "/object/forecast-uploads/" + bob + "/input.csv", user(t, alice), "", nil, 400, "403", "Unauthorized", "Access denied"},
		{"private without a token", "GET", "/object/forecast-uploads/there.csv", "", "", nil, 400, "404", "Bucket not found", "Bucket not found"},
		{"private with a bad token", "GET", "/object/forecast-uploads/there.csv", "words", "", nil, 400, "404", "Bucket not found", "Bucket not found"},
		{"private with the anon key", "GET", "/object/forecast-uploads/there.csv", anonKey, "", nil, 400, "404", "not_found", "Object not found"},
		{"private by the public route", "GET", "/object/public/forecast-uploads/there.csv", serviceKey, "", nil, 400, "404", "Bucket not found", "Bucket not found"},

		{"range past the end", "GET", "/object/forecast-uploads/there.csv", serviceKey, "", []string{"Range", "bytes=5-"}, 416, "416", "invalid_range", "invalid range: failed to overlap"},
		{"list limit 0", "POST", "/object/list/forecast-uploads", serviceKey, `{"prefix":"","limit":0}`, nil, 400, "400", "Error", ""},
		{"list by an unknown column", "POST", "/object/list/forecast-uploads", serviceKey, `{"prefix":"","sortBy":{"column":"colour"}}`, nil, 400, "400", "Error", ""},
		{"remove nothing", "DELETE", "/object/forecast-uploads", serviceKey, `{"prefixes":[]}`, nil, 400, "400", "Error", ""},
		{"body not an object", "POST", "/object/list/forecast-uploads", serviceKey, `"text"`, nil, 400, "400", "Error", "body must be object"},
		{"sign without a time", "POST", "/object/sign/forecast-uploads/there.csv", serviceKey, `{}`, nil, 400, "400", "Error", ""},
	} {
		got := b.ask(c.method, c.path, c.token, c.body, c.header...)
		f := got.fields(t)
		if got.status != c.http || f["statusCode"] != c.status || f["error"] != c.kind || (c.message != "" && f["message"] != c.message) {
			t.Errorf("%s: got %d %s", c.name, got.status, got.body)
		}
		if strings.Contains(got.body, b.dir) || strings.Contains(got.body, objectSuffix) {
			t.Errorf("%s: leaks a path: %s", c.name, got.body)
		}
	}
}

func TestGoodAnswersAreThoseOfSupabaseStorage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expect := func(name string, got reply, want string) {
		t.Helper()
		if got.status != http.StatusOK || strings.TrimSpace(got.body) != want {
			t.Errorf("%s: got %d %s, want %s", name, got.status, got.body, want)
		}
	}
	expect("status", b.ask("GET", "/status", "", ""), "")
	expect("create bucket", b.ask("POST", "/bucket", serviceKey, `{"id":"b1","name":"b1","file_size_limit":"50MB"}`), `{"name":"b1"}`)
	if f := b.ask("GET", "/bucket/b1", serviceKey, "").fields(t); f["id"] != "b1" || f["public"] != false || f["file_size_limit"] != 50e6 || f["allowed_mime_types"] != nil {
		t.Errorf("get bucket: got %v", f)
	}
	expect("update bucket", b.ask("PUT", "/bucket/b1", serviceKey, `{"public":true}`), `{"message":"Successfully updated"}`)
	if f := b.ask("GET", "/bucket/b1", serviceKey, "").fields(t); f["public"] != true || f["file_size_limit"] != 50e6 {
		t.Errorf("after the update: got %v", f)
	}
	b.ask("POST", "/object/b1/a/b.csv", serviceKey, "x").want(t)
	expect("empty bucket", b.ask("POST", "/bucket/b1/empty", serviceKey, `"e30="`), `{"message":"Empty bucket has been queued. Completion may take up to an hour."}`)
	expect("delete bucket", b.ask("DELETE", "/bucket/b1", serviceKey, `"e30="`), `{"message":"Successfully deleted"}`)
	expect("users see no buckets", b.ask("GET", "/bucket", user(t, alice), ""), `[]`)

	up := b.ask("POST", "/object/forecast-uploads/a/b.csv", serviceKey, "one").want(t).fields(t)
	again := b.ask("POST", "/object/forecast-uploads/a/b.csv", serviceKey, "two", "x-upsert", "true").want(t).fields(t)
	if up["Key"] != "forecast-uploads/a/b.csv" || up["Id"] == "" || up["Id"] != again["Id"] {
		t.Errorf("upload: got %v, then %v", up, again)
	}
	expect("put on a missing key", b.ask("PUT", "/object/forecast-uploads/a/c.csv", serviceKey, "c", "Authorization", serviceKey),
		strings.TrimSpace(b.ask("PUT", "/object/forecast-uploads/a/c.csv", serviceKey, "c").body))
	expect("move", b.ask("POST", "/object/move", serviceKey, `{"bucketId":"forecast-uploads","sourceKey":"a/c.csv","destinationKey":"d/e.csv"}`), `{"message":"Successfully moved"}`)
	expect("list an unknown bucket", b.ask("POST", "/object/list/nope", serviceKey, `{"prefix":""}`), `[]`)
	expect("remove what is not there", b.ask("DELETE", "/object/forecast-uploads", serviceKey, `{"prefixes":["a","no.csv","../x"]}`), `[]`)
	expect("delete", b.ask("DELETE", "/object/forecast-uploads/d/e.csv", serviceKey, ""), `{"message":"Successfully deleted"}`)
	if got := b.ask("HEAD", "/object/forecast-uploads/no.csv", serviceKey, ""); got.status != http.StatusBadRequest || got.body != "" {
		t.Errorf("HEAD of nothing: got %d %q", got.status, got.body)
	}
	if got := b.ask("GET", "/nowhere", serviceKey, ""); got.status != http.StatusNotFound || got.fields(t)["statusCode"] != 404.0 {
		t.Errorf("no route: got %d %s", got.status, got.body)
	}
}

func TestKeysAreTakenAndRefusedAsBySupabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"with%20space.csv", "a+b!'()&$@=;:,*.csv", "q%3Fmark", "..a", "a..", ".hidden", "a/b/c/d/e", "sub%2Fkey"} {
		b.ask("POST", "/object/forecast-uploads/"+key, serviceKey, key).want(t)
		if got := b.ask("GET", "/object/forecast-uploads/"+key, serviceKey, ""); got.body != key {
			t.Errorf("%s: got %d %s", key, got.status, got.body)
		}
	}
	for _, key := range []string{
		"", "%C3%A4.csv", "a%25b", "a%23b", "a~b", "a%5Cb", "a%5Bb", "a%0Ab", "a%00b", "a%7Eo",
		"../x", "%2e%2e/x", "..%2fx", "a/../../x", "a/%2e%2e/%2e%2e/x", "a/..", ".", "a/./b", "a//b", "/a", "a/",
		strings.Repeat("s", 256), strings.Repeat("k/", 600) + "k",
	} {
		got := b.ask("POST", "/object/forecast-uploads/"+key, serviceKey, "x")
		if f := got.fields(t); got.status != http.StatusBadRequest || f["error"] != "InvalidKey" || strings.Contains(got.body, b.dir) {
			t.Errorf("%q: got %d %s", key, got.status, got.body)
		}
	}
}
