package realtime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	j := job.Job{Status: "a,b (\"x\\y\")", Priority: 7, Progress: job.Progress{Fraction: 0.25, Stage: " padded "}, ErrorMessage: "timeout"}
	row := feed.ImageOf(&j)
	columns := row.Columns
	for text, want := range map[string]bool{
		``:               true,
		`priority=eq.7`:  true,
		`priority=neq.7`: false,
		`priority=eq.7,progress=gte.0.25,progress=lt.0.3`: true,
		`priority=eq.7, progress=lt.0.25`:                 false,
		`priority=in.(1,7,9)`:                             true,
		`priority=not.in.(1,7,9)`:                         false,
		`status=eq."a,b (\"x\\y\")"`:                      true,
		`status=in.(c,"a,b (\"x\\y\")"),priority=eq.7`:    true,
		`status=like.a%`:                                  true,
		`status=like.A%`:                                  false,
		`status=ilike.A%`:                                 true,
		`status=match.^a`:                                 true,
		`status=imatch.^A`:                                true,
		`status=not.match.^z`:                             true,
		`stage=eq." padded "`:                             true,
		`model_used=is.null`:                              true,
		`model_used=not.is.null`:                          false,
		`model_used=eq.theta`:                             false,
		`model_used=neq.theta`:                            false, // nothing is known of null
		`model_used=not.eq.theta`:                         false,
		`model_used=isdistinct.theta`:                     true,
		`error_message=isdistinct.timeout`:                false,
		`error_message=not.isdistinct.timeout`:            true,
	} {
		f, err := parseFilter(text, columns)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := f.passes(row); got != want {
			t.Errorf("%s passes: %v", text, got)
		}
	}
	if f, err := parseFilter(`priority=is.null`, columns); err != nil || f.passes(feed.IdentityOf(job.NewID(), job.UserID{}, "")) {
		t.Errorf("what an image does not hold passes (%v)", err)
	}
}

func TestFiltersThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, word := range map[string]string{
		`status`:                  "no =",
		`status=eq`:               "operator",
		`status=over.1`:           "over",
		`colour=eq.1`:             "colour",
		`priority=eq.x`:           "int4",
		`priority=eq.1/2`:         "int4",
		`priority=eq.1e999999999`: "int4",
		`priority=like.7%`:        "text",
		`id=eq.7`:                 "uuid",
		`run_at=lt.yesterday`:     "timestamptz",
		`params=lt.{}`:            "jsonb",
		`due=is.maybe`:            "maybe",
		`status=is.true`:          "boolean",
		`status=in.a`:             "parentheses",
		`status=in.(a`:            "no end",
		`status=eq."a`:            "no end",
		`status=eq."a"b`:          "follows",
		`status=eq.a,`:            "follows",
		`status=match.(`:          "pattern",
		`status=match.` + strings.Repeat(".{500}", 4):    "too much",
		`status=match.((a{30}){30}){30}`:                 "pattern",
		`status=like.` + strings.Repeat("%", 2000):       "bytes at most",
		`status=in.(` + strings.Repeat("a,", 100) + `a)`: "at most 100",
	} {
		if _, err := parseFilter(text, testColumns); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v, want a word of %s", text, err, word)
		}
	}
}

// The verdicts are Postgres's.
func TestFiltersAgreeWithPostgres(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t, false)
	operators := map[string]string{"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
		"like": "like", "ilike": "ilike", "match": "~", "imatch": "~*", "isdistinct": "is distinct from"}
	values := map[string][]string{
		"int4":        {"-5", "0", "7", "07"},
		"int8":        {"9007199254740993", "9007199254740992"},
		"float8":      {"0.25", "2.5e-1", "1e3", "-7"},
		"uuid":        {"01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10", "01937C1E-7A52-7C1B-9A54-3A1D5A4B9C10", "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
		"bool":        {"t", "f"},
		"timestamptz": {"2026-11-23 09:00:00+00", "2026-11-23 10:00:00+01", "2026-11-23 09:00:00.5+00", "infinity"},
		"jsonb":       {`{"a":1,"b":[2]}`, `{"b": [2], "a": 1}`, `[]`},
		"text":        {"", "abc", "ABC", "a%c", "a_c", "é", "a\nc", "a.c", "^a", "b$"},
	}
	for kind, texts := range values {
		for operator, sql := range operators {
			pattern := strings.Contains("like ilike match imatch", operator)
			if pattern && kind != "text" || kind == "jsonb" && strings.ContainsAny(operator[:1], "lg") {
				continue
			}
			for _, want := range texts {
				test, _, err := compile(operator, kind, []string{want})
				if err != nil {
					t.Errorf("%s %s %q: %v", kind, operator, want, err)
					continue
				}
				for _, text := range append(texts, "null") {
					left := fmt.Sprintf("%s::%s", literal(text), kind)
					if kind == "text" {
						left += ` collate "C"`
					}
					null := text == "null"
					var verdict *bool
					query := fmt.Sprintf(`select %s %s %s::%s`, left, sql, literal(want), kind)
					if err := d.Pool().QueryRow(t.Context(), query).Scan(&verdict); err != nil {
						t.Fatalf("%s: %v", query, err)
					}
					expected := unknown
					if verdict != nil {
						expected = verdictOf(*verdict)
					}
					if got := test(text, null); got != expected {
						t.Errorf("%s %q %s %q is %d, Postgres says %d", kind, text, operator, want, got, expected)
					}
				}
			}
		}
	}
}

func literal(s string) string {
	if s == "null" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`status=eq.a`, `status=in.(a,"b,\"c"),priority=not.gte.5`, `params=eq.{"a":1}`, `due=is.true`, `run_at=lt.2026-11-23`, `status=like.%\%_`, `=.`, `status=match.(a|b)*`} {
		f.Add(seed, "text", false)
	}
	f.Fuzz(func(t *testing.T, text, value string, null bool) {
		conditions, err := parseFilter(text, testColumns)
		if err != nil {
			return
		}
		for _, c := range conditions {
			if v := c.test(value, null); v != yes && v != no && v != unknown {
				t.Errorf("%q judges %q as %d", text, value, v)
			}
		}
	})
}
