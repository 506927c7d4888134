package realtime

import (
	"strings"
	"time"

	"github.com/pgcast/pgcast/notifier/hub"
)

// shape is how the values of a type are written.
type shape byte

const (
	asText   shape = iota
	asWord         // text that needs no second look
	asNumber       // maybe NaN or Infinity, which JSON does not know
	asBool         // t or f
	asJSON
	asTime // a date and a time of day, maybe with the hours that a zone is ahead
)

func shapeOf(kind string) shape {
	switch kind {
	case "uuid":
		return asWord
	case "bool":
		return asBool
	case "int2", "int4", "int8", "oid", "float4", "float8", "numeric":
		return asNumber
	case "json", "jsonb":
		return asJSON
	case "timestamptz", "timestamp":
		return asTime
	}
	return asText
}

// appendValue writes a value the way Postgres's to_jsonb does.
func appendValue(b []byte, s shape, v string) []byte {
	switch s {
	case asBool:
		if v == "t" {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case asNumber:
		if isNumber(v) {
			return append(b, v...)
		}
	case asJSON:
		if v != "" {
			return append(b, v...)
		}
	case asWord:
		b = append(append(b, '"'), v...)
		return append(b, '"')
	case asTime:
		return appendMoment(b, v)
	}
	return hub.AppendString(b, v)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return s != ""
}

// appendMoment puts the T between date and time, and minutes behind the hours of
// a zone.
func appendMoment(b []byte, s string) []byte {
	date, clock, is := strings.Cut(s, " ")
	b = append(append(b, '"'), date...)
	if is {
		b = append(append(b, 'T'), clock...)
		if n := len(clock); n > 3 && (clock[n-3] == '+' || clock[n-3] == '-') {
			b = append(b, ":00"...)
		}
	}
	return append(b, '"')
}

// appendInstant writes a time with its milliseconds, in UTC.
func appendInstant(b []byte, t time.Time) []byte {
	b = t.UTC().AppendFormat(b, time.RFC3339) // for which there is a short way
	ms := t.Nanosecond() / 1e6
	return append(b[:len(b)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}
