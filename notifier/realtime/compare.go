package realtime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/google/uuid"
)

// compile makes the test of an operator on a column of a type, and says about how
// many comparisons it takes. Values are read once, as the column's type.
func compile(operator, kind string, values []string) (test func(string, bool) verdict, weight int, err error) {
	switch operator {
	case "is":
		test, err = compileIs(kind, values[0])
		return test, 1, err
	case "like", "ilike", "match", "imatch":
		return compilePattern(operator, kind, values[0])
	case "eq", "neq", "lt", "lte", "gt", "gte", "in", "isdistinct":
		test, err = compileComparison(operator, kind, values)
		return test, len(values), err
	}
	return nil, 0, fmt.Errorf("operator %q is unknown; there are eq, neq, lt, lte, gt, gte, in, like, ilike, is, match, imatch and isdistinct", operator)
}

func compileIs(kind, word string) (func(string, bool) verdict, error) {
	switch strings.ToLower(word) {
	case "null":
		return func(_ string, null bool) verdict { return verdictOf(null) }, nil
	case "true", "false", "unknown":
		if kind != "bool" {
			return nil, fmt.Errorf("is.%s wants a boolean, this one is a %s", word, kind)
		}
		want := strings.ToLower(word)[:1] // as Postgres prints booleans
		return func(text string, null bool) verdict {
			return verdictOf(null == (want == "u") && (null || text == want))
		}, nil
	}
	return nil, fmt.Errorf("is wants null, true, false or unknown, not %q", word)
}

// Bounds of patterns. A few letters can stand for a machine of a million states,
// and each letter of a text takes a step through them.
const (
	maxPattern = 1 << 10 // bytes
	maxStates  = 1000
	maxSubject = 4 << 10 // bytes of a text, or of JSON that is compared; a longer one passes nothing
)

// compilePattern makes a regular expression. That of match is RE2's, which has
// no back references and takes no longer than the text is.
func compilePattern(operator, kind, pattern string) (func(string, bool) verdict, int, error) {
	if kind != "text" && kind != "varchar" && kind != "bpchar" {
		return nil, 0, fmt.Errorf("%s wants a text, this one is a %s", operator, kind)
	}
	if len(pattern) > maxPattern {
		return nil, 0, fmt.Errorf("a pattern has %d bytes at most", maxPattern)
	}
	flags := "(?s)"
	if operator[0] == 'i' {
		flags = "(?si)"
	}
	expression := flags + pattern
	if strings.HasSuffix(operator, "like") {
		expression = flags + likePattern(pattern)
	}
	states, err := statesOf(expression)
	if err != nil {
		return nil, 0, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	if states > maxStates {
		return nil, 0, fmt.Errorf("pattern %q takes too much to match", pattern)
	}
	re, err := regexp.Compile(expression)
	return func(text string, null bool) verdict {
		switch {
		case null:
			return unknown
		case len(text) > maxSubject:
			return unknown
		}
		return verdictOf(re.MatchString(text))
	}, states, err
}

// statesOf is how many states the machine of an expression has.
func statesOf(expression string) (int, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return len(program.Inst), nil
}

// likePattern turns a pattern of LIKE into a regular expression.
func likePattern(pattern string) string {
	var b strings.Builder
	b.WriteByte('^')
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteByte('$')
	return b.String()
}

func compileComparison(operator, kind string, values []string) (func(string, bool) verdict, error) {
	read := readerOf(kind)
	wanted := make([]any, len(values))
	for i, text := range values {
		v, err := read(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no %s", text, kind)
		}
		if _, ordered := order(v, v); !ordered && strings.ContainsAny(operator[:1], "lg") {
			return nil, fmt.Errorf("%s does not compare values of type %s", operator, kind)
		}
		wanted[i] = v
	}
	holds := comparison(operator)
	return func(text string, null bool) verdict {
		if null {
			if operator == "isdistinct" {
				return yes
			}
			return unknown
		}
		if len(text) > maxSubject && strings.HasPrefix(kind, "json") {
			return unknown
		}
		v, err := read(text)
		if err != nil {
			return unknown
		}
		for _, want := range wanted {
			if holds(v, want) {
				return yes
			}
		}
		return no
	}, nil
}

// comparison is what an operator asks of a value and the wanted one.
func comparison(operator string) func(v, want any) bool {
	ordered := func(ok func(int) bool) func(any, any) bool {
		return func(v, want any) bool {
			sign, comparable := order(v, want)
			return comparable && ok(sign)
		}
	}
	switch operator {
	case "lt":
		return ordered(func(sign int) bool { return sign < 0 })
	case "lte":
		return ordered(func(sign int) bool { return sign <= 0 })
	case "gt":
		return ordered(func(sign int) bool { return sign > 0 })
	case "gte":
		return ordered(func(sign int) bool { return sign >= 0 })
	case "neq", "isdistinct":
		return func(v, want any) bool { return !equal(v, want) }
	}
	return equal
}

func equal(a, b any) bool {
	if sign, comparable := order(a, b); comparable {
		return sign == 0
	}
	return reflect.DeepEqual(a, b)
}

// order compares two values of the same type, where they have an order.
// Texts go by their bytes, as in the collation C.
func order(a, b any) (sign int, comparable bool) {
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string)), true
	case *big.Rat:
		return a.Cmp(b.(*big.Rat)), true
	case time.Time:
		return a.Compare(b.(time.Time)), true
	}
	return 0, false
}

// readerOf reads the text form of a type, from the wire and from a filter.
func readerOf(kind string) func(string) (any, error) {
	switch kind {
	case "int2", "int4", "int8", "oid", "numeric":
		return readNumber
	case "float4", "float8":
		return readNumber
	case "uuid":
		return func(s string) (any, error) {
			id, err := uuid.Parse(s)
			return id.String(), err
		}
	case "bool":
		return readBool
	case "timestamptz", "timestamp", "date":
		return readTime
	case "json", "jsonb":
		return func(s string) (v any, err error) {
			err = json.Unmarshal([]byte(s), &v)
			return jsonValue{v}, err
		}
	}
	return func(s string) (any, error) { return s, nil }
}

// jsonValue has no order.
type jsonValue struct{ v any }

func readNumber(s string) (any, error) {
	s = strings.TrimSpace(s)
	if len(s) > 60 || strings.ContainsAny(s, "/xXpP_") || exponent(s) > 400 {
		return nil, fmt.Errorf("not a number")
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("not a number")
	}
	return n, nil
}

// exponent is how far from zero that of a number is, or a lot.
func exponent(s string) int {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return 0
	}
	digits := strings.TrimLeft(s[at+1:], "+-")
	if len(digits) > 3 {
		return 1000
	}
	n := 0
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}

func readBool(s string) (any, error) {
	switch strings.ToLower(s) {
	case "t", "true", "yes", "on", "1":
		return "t", nil
	case "f", "false", "no", "off", "0":
		return "f", nil
	}
	return nil, fmt.Errorf("not a boolean")
}

// timeLayouts are the forms of times; those without a zone are in UTC.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z07:00",
	"2006-01-02T15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02",
}

func readTime(s string) (any, error) {
	switch s {
	case "infinity":
		return time.Date(1<<20, 1, 1, 0, 0, 0, 0, time.UTC), nil
	case "-infinity":
		return time.Time{}, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return nil, fmt.Errorf("not a time")
}
