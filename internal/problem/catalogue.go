package problem

import (
	"net/http"
	"slices"
	"strings"
)

// Kind is one entry of the list.
type Kind struct {
	Code   string
	Status int    // HTTP status; for problems that only a job meets, the status its upload or request would have had
	Title  string // short, the same for every occurrence
	Hint   string // what to do when the occurrence has no better advice
}

// Lookup returns the entry for a code.
func Lookup(code string) (Kind, bool) {
	i, ok := slices.BinarySearchFunc(sorted, code, func(k Kind, code string) int { return strings.Compare(k.Code, code) })
	if !ok {
		return Kind{}, false
	}
	return sorted[i], true
}

// Catalogue returns the whole list, sorted by code.
func Catalogue() []Kind { return slices.Clone(sorted) }

func (k Kind) problem(detail string) Problem {
	if detail == "" {
		detail = k.Title + "."
	}
	return Problem{Type: "/problems/" + k.Code, Title: k.Title, Status: k.Status, Detail: detail, Code: k.Code, Hint: k.Hint}
}

// sorted is the list in the order of the codes.
var sorted = func() []Kind {
	all := slices.Concat(door, request, file, run, inside)
	slices.SortFunc(all, func(a, b Kind) int { return strings.Compare(a.Code, b.Code) })
	return all
}()

// door: the request never reached a job.
var door = []Kind{
	{"bad_request", http.StatusBadRequest, "The request could not be read", "Check the request line and the headers."},
	{"bad_multipart", http.StatusBadRequest, "The multipart body could not be read", "Send the file as multipart/form-data with a field named file, as in curl -F file=@data.csv."},
	{"invalid_json", http.StatusBadRequest, "The body is not valid JSON", "Send one JSON object."},
	{"invalid_parameter", http.StatusBadRequest, "A query parameter or header cannot be used", "See /docs for the values it takes."},
	{"unauthenticated", http.StatusUnauthorized, "A valid access token is needed", "Send Authorization: Bearer with a Supabase access token that has not expired."},
	{"forbidden", http.StatusForbidden, "Not allowed", "Sign in as a user; anonymous and service keys cannot use this interface."},
	{"not_found", http.StatusNotFound, "Not found", "Check the address and the id; what belongs to another user is not shown."},
	{"method_not_allowed", http.StatusMethodNotAllowed, "The method is not allowed here", "The Allow header lists the methods of this address."},
	{"expectation_failed", http.StatusExpectationFailed, "The Expect header asks for something unknown", "Send Expect: 100-continue, or leave it out."},
	{"unknown_parameter", http.StatusBadRequest, "Unknown query parameter", "See /docs for the parameters of an address."},
	{"precondition_failed", http.StatusPreconditionFailed, "The job has changed", "Read it again, and repeat the request with its new ETag in If-Match."},
	{"not_acceptable", http.StatusNotAcceptable, "No such representation", "Ask for application/json."},
	{"request_timeout", http.StatusRequestTimeout, "The request came too slowly", "Send it again over a faster connection."},
	{"payload_too_large", http.StatusRequestEntityTooLarge, "The body is too large", "GET /v1/limits says how large it may be."},
	{"uri_too_long", http.StatusRequestURITooLong, "The address is too long", "Shorten the query."},
	{"unsupported_media_type", http.StatusUnsupportedMediaType, "The media type is not supported", "Upload multipart/form-data; send everything else as application/json."},
	{"range_not_satisfiable", http.StatusRequestedRangeNotSatisfiable, "The range lies outside of the file", "Ask for a range within its size."},
	{"headers_too_large", http.StatusRequestHeaderFieldsTooLarge, "The request headers are too large", "Send fewer or smaller headers."},
	{"rate_limited", http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says."},
	{"quota_exceeded", http.StatusTooManyRequests, "A quota is used up", "GET /v1/limits shows the quotas and what is used."},
	{"idempotency_mismatch", http.StatusUnprocessableEntity, "The Idempotency-Key was used for another request", "Make a new key for a new request."},
	{"idempotency_in_progress", http.StatusConflict, "The first request with this Idempotency-Key still runs", "Repeat the request a little later."},
	{"ticket_invalid", http.StatusUnauthorized, "The ticket is unknown, used or expired", "Ask for a new one: POST /v1/ws/ticket."},
}

// request: what was asked for does not fit.
var request = []Kind{
	{"unknown_field", http.StatusUnprocessableEntity, "Unknown field", "See /docs for the fields of a request."},
	{"invalid_field", http.StatusUnprocessableEntity, "A field has a value that it cannot take", "See /docs for the fields of a request."},
	{"missing_field", http.StatusUnprocessableEntity, "A field is missing", "See /docs for the fields of a request."},
	{"not_supported", http.StatusUnprocessableEntity, "Not supported by this version", "Leave the field out."},
	{"horizon_invalid", http.StatusUnprocessableEntity, "The horizon cannot be used", `Send a number of steps, or {"until": "2027-12-31"}.`},
	{"level_invalid", http.StatusUnprocessableEntity, "A level or quantile cannot be used", "A level is a percentage such as 80, a quantile a fraction such as 0.9."},
	{"unknown_model", http.StatusUnprocessableEntity, "Unknown model", `GET /v1/limits lists the models; "auto" chooses one.`},
	{"unknown_country", http.StatusUnprocessableEntity, "Unknown country", "Use ISO 3166-1 codes of two letters."},
	{"column_not_found", http.StatusUnprocessableEntity, "The file has no such column", "The job's columns list the names."},
	{"time_column_not_found", http.StatusUnprocessableEntity, "The column does not hold times", "The job's time_candidates list the columns that do."},
	{"target_not_numeric", http.StatusUnprocessableEntity, "The target does not hold numbers", "The job's columns list their types."},
	{"frequency_not_inferable", http.StatusUnprocessableEntity, "The times follow no regular grid", "Set frequency, and aggregate if several rows fall into one step."},
	{"unknown_timezone", http.StatusUnprocessableEntity, "Unknown time zone", `Use an IANA name such as "Europe/Berlin".`},
	{"future_exogenous_missing", http.StatusUnprocessableEntity, "Future values are missing for an exogenous column", "Add the rows with an empty target, or name the column in exogenous.historic."},
	{"exogenous_unusable", http.StatusUnprocessableEntity, "An exogenous column cannot be used", "Give it numbers, or at most 30 different words."},
	{"needs_choice", http.StatusUnprocessableEntity, "The file can be read in several ways", "The job's needs_choice lists the questions and the fields that answer them."},
	{"time_column", http.StatusUnprocessableEntity, "Which column holds the times?", "Set time_column."},
	{"target", http.StatusUnprocessableEntity, "Which column is to be forecast?", "Set target."},
	{"id_columns", http.StatusUnprocessableEntity, "Which columns tell the series apart?", "Set id_columns."},
	{"frequency", http.StatusUnprocessableEntity, "Which frequency do the times have?", "Set frequency, and aggregate if several rows fall into one step."},
	{"duplicates", http.StatusUnprocessableEntity, "What is to become of rows with the same time?", "Set duplicates."},
	{"timezone", http.StatusUnprocessableEntity, "Which time zone do the times stand in?", "Set timezone to an IANA name."},
}
