package localstorage

import "strings"

const (
	maxKeyBytes     = 1024
	maxSegmentBytes = 255 - len(objectSuffix) // file systems take 255 bytes
	maxBucketBytes  = 100
)

// marks are the characters that names may hold beside letters, digits and the
// underscore. Everything else, also every letter that is not ASCII, is refused
// by Supabase Storage too.
const marks = "!-.*'() &$@=;:+,?"

// checkKey returns what is wrong with the key of an object, or nil. Beyond the
// characters, every segment must be a name of its own.
func checkKey(key string) error {
	if key == "" || len(key) > maxKeyBytes {
		return badKey(key)
	}
	for segment := range strings.SplitSeq(key, "/") {
		if !plain(segment) || len(segment) > maxSegmentBytes {
			return badKey(key)
		}
	}
	return nil
}

// checkBucket returns what is wrong with the name of a bucket, or nil.
func checkBucket(name string) error {
	if len(name) > maxBucketBytes || !plain(name) || strings.TrimSpace(name) != name {
		return badBucket
	}
	return nil
}

// plain reports whether s can be the name of one thing in a folder.
func plain(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
		if !letter && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return true
}
