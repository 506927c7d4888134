package localstorage

import (
	"net/http"
	"net/url"
	"strings"
)

// target is what a path means: an operation on a bucket or an object.
type target struct {
	op     string // for instance "POST object", "GET sign"; "" when there is no such route
	bucket string // not checked yet; "" where the path names none
	key    string // not checked yet; "" where the path names none
}

// words are the first segments after /object/ that are not a bucket, and the
// methods for which they are not.
var words = map[string][]string{
	"list":          {http.MethodPost},
	"list-v2":       {http.MethodPost},
	"move":          {http.MethodPost},
	"copy":          {http.MethodPost},
	"sign":          {http.MethodPost, http.MethodGet, http.MethodHead},
	"info":          {http.MethodGet, http.MethodHead},
	"public":        {http.MethodGet, http.MethodHead},
	"authenticated": {http.MethodGet, http.MethodHead},
}

// route reads a path as it stands in the request line. It is decoded once,
// after the words that the API itself puts there have been taken off.
func route(method, escaped string) (target, error) {
	rest, found := strings.CutPrefix(escaped, "/object/")
	if !found {
		return routeBucket(method, escaped)
	}
	word, after, _ := strings.Cut(rest, "/")
	op := method + " object"
	switch {
	case word == "upload" && strings.HasPrefix(after, "sign/"):
		op, rest = method+" upload", strings.TrimPrefix(after, "sign/")
	case has(words[word], method):
		op, rest = method+" "+word, after
	}
	if word == "info" && op != method+" object" {
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "authenticated/"), "public/")
	}
	return split(op, rest)
}

// routeBucket reads /bucket, /bucket/{id}, /bucket/{id}/empty and /status.
func routeBucket(method, escaped string) (target, error) {
	if escaped == "/status" {
		return target{op: method + " status"}, nil
	}
	rest, found := strings.CutPrefix(escaped, "/bucket")
	if !found || (rest != "" && rest[0] != '/') {
		return target{}, nil
	}
	rest = strings.Trim(rest, "/")
	if rest == "" {
		return target{op: method + " buckets"}, nil
	}
	id, verb, _ := strings.Cut(rest, "/")
	switch {
	case verb == "":
		return split(method+" bucket", id)
	case verb == "empty" && method == http.MethodPost:
		return split(method+" empty", id)
	}
	return target{}, nil
}

// split decodes bucket and key.
func split(op, escaped string) (target, error) {
	bucket, key, _ := strings.Cut(escaped, "/")
	b, err := url.PathUnescape(bucket)
	if err != nil {
		return target{}, badBucket
	}
	k, err := url.PathUnescape(key)
	if err != nil {
		return target{}, badKey(key)
	}
	return target{op: op, bucket: b, key: k}, nil
}

func has(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
