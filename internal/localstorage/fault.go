package localstorage

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// fault is an answer that is an error. As in Supabase Storage the HTTP status
// says little; Status, a string, is the truth.
type fault struct {
	http    int    // 0 means 400
	Status  string `json:"statusCode"`
	Kind    string `json:"error"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

func (f *fault) Error() string { return f.Message }

// The faults of supabase/storage, text by text: clients know them by these.
var (
	noBucket     = &fault{Status: "404", Kind: "Bucket not found", Message: "Bucket not found", Code: "NoSuchBucket"}
	noObject     = &fault{Status: "404", Kind: "not_found", Message: "Object not found", Code: "NoSuchKey"}
	bucketExists = &fault{Status: "409", Kind: "Duplicate", Message: "The resource already exists", Code: "BucketAlreadyExists"}
	objectExists = &fault{Status: "409", Kind: "Duplicate", Message: "The resource already exists", Code: "KeyAlreadyExists"}
	targetExists = &fault{Status: "409", Kind: "Duplicate", Message: "The resource already exists", Code: "ResourceAlreadyExists"}
	notEmpty     = &fault{Status: "409", Kind: "ResourceNotEmpty", Message: "The bucket you tried to delete is not empty", Code: "BucketNotEmpty"}
	badBucket    = &fault{Status: "400", Kind: "Invalid Input", Message: "Bucket name invalid", Code: "InvalidBucketName"}
	denied       = &fault{Status: "403", Kind: "Unauthorized", Message: "new row violates row-level security policy", Code: "AccessDenied"}
	noAccess     = &fault{Status: "403", Kind: "Unauthorized", Message: "Access denied", Code: "AccessDenied"}
	tooLarge     = &fault{Status: "413", Kind: "Payload too large", Message: "The object exceeded the maximum allowed size", Code: "EntityTooLarge"}
	badRange     = &fault{http: http.StatusRequestedRangeNotSatisfiable, Status: "416", Kind: "invalid_range", Message: "invalid range: failed to overlap", Code: "InvalidRange"}
	noToken      = &fault{Status: "400", Kind: "Error", Message: "headers must have required property 'authorization'", Code: "InvalidRequest"}
	noUpload     = &fault{Status: "404", Kind: "not_found", Message: "The file for this url was not found", Code: "NoSuchUpload"}
	broken       = &fault{http: http.StatusInternalServerError, Status: "500", Kind: "Internal", Message: "Internal Server Error", Code: "InternalError"}
)

func badKey(key string) *fault {
	return &fault{Status: "400", Kind: "InvalidKey", Message: "Invalid key: " + key, Code: "InvalidKey"}
}

func badRequest(format string, args ...any) *fault {
	return &fault{Status: "400", Kind: "Error", Message: fmt.Sprintf(format, args...), Code: "InvalidRequest"}
}

func badType(contentType string) *fault {
	return &fault{Status: "415", Kind: "invalid_mime_type", Message: "mime type " + contentType + " is not supported", Code: "InvalidMimeType"}
}

// writeJSON answers 200.
func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(v)
}

// writeFault answers with an error.
func writeFault(w http.ResponseWriter, r *http.Request, f *fault) {
	drain(w, r)
	for _, name := range []string{"ETag", "Cache-Control", "Last-Modified", "Accept-Ranges", "Content-Disposition"} {
		w.Header().Del(name)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	status := f.http
	if status == 0 {
		status = http.StatusBadRequest
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(f) // whoever asked may have gone
}

// drainBytes is how much of a refused upload is read to keep its connection.
const drainBytes = 256 << 10

// drain reads what is left of a small body; the connection of a large one is
// closed. Otherwise the client would put a connection into its pool whose next
// request is never read.
func drain(w http.ResponseWriter, r *http.Request) {
	if n, err := io.CopyN(io.Discard, r.Body, drainBytes); err == nil && n == drainBytes {
		w.Header().Set("Connection", "close")
	}
}

// readJSON reads a small body.
func readJSON(r *http.Request, v any) error {
	const maxBytes = 1 << 20
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBytes+1))
	if err != nil {
		return badRequest("the body cannot be read")
	}
	if len(b) > maxBytes {
		return badRequest("the body is too long")
	}
	if err := json.Unmarshal(b, v); err != nil {
		return badRequest("body must be object")
	}
	return nil
}
