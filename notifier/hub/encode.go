package hub

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/pgcast/pgcast/internal/job"
)

// Encode writes the job resource, as [json.Marshal] would but for what that
// escapes without need, and with its times in UTC whichever source they came from.
// Params or metrics that are not JSON, which jsonb columns cannot hold, are left
// out.
func Encode(j job.Job) []byte { return appendJob(nil, &j) }

// appendJob encodes over b.
func appendJob(b []byte, j *job.Job) []byte {
	b = slices.Grow(b, 640+len(j.Params)+len(j.Metrics)+len(j.ErrorMessage)+len(j.FileName))
	b = AppendUUID(append(b, `{"job_id":`...), j.ID.UUID)
	b = AppendUUID(append(b, `,"user_id":`...), j.UserID.UUID)
	b = AppendString(append(b, `,"status":`...), string(j.Status))
	b = strconv.AppendInt(append(b, `,"version":`...), j.Version, 10)
	b = AppendString(append(b, `,"forecast_id":`...), j.ForecastID)
	b = appendRaw(append(b, `,"params":`...), j.Params)
	b = appendFloat(append(b, `,"progress":{"fraction":`...), j.Progress.Fraction)
	b = AppendString(append(b, `,"stage":`...), j.Progress.Stage)
	b = strconv.AppendInt(append(b, `},"attempts":`...), int64(j.Attempts), 10)
	b = strconv.AppendInt(append(b, `,"max_attempts":`...), int64(j.MaxAttempts), 10)
	b = strconv.AppendInt(append(b, `,"priority":`...), int64(j.Priority), 10)
	b = appendTime(append(b, `,"run_at":`...), &j.RunAt)
	b = AppendString(append(b, `,"model_used":`...), j.ModelUsed)
	b = appendRaw(append(b, `,"metrics":`...), j.Metrics)
	b = AppendString(append(b, `,"error_code":`...), j.ErrorCode)
	b = AppendString(append(b, `,"error_message":`...), j.ErrorMessage)
	b = AppendString(append(b, `,"input_file_path":`...), j.InputPath)
	b = AppendString(append(b, `,"output_file_path":`...), j.OutputPath)
	b = AppendString(append(b, `,"file_name":`...), j.FileName)
	b = strconv.AppendInt(append(b, `,"file_bytes":`...), j.FileBytes, 10)
	b = appendTime(append(b, `,"created_at":`...), &j.CreatedAt)
	b = appendTime(append(b, `,"updated_at":`...), &j.UpdatedAt)
	b = appendTime(append(b, `,"started_at":`...), j.StartedAt)
	b = appendTime(append(b, `,"finished_at":`...), j.FinishedAt)
	b = AppendString(append(b, `,"trace_id":`...), j.TraceID)
	return append(b, '}')
}

// ascii are the bytes that stand for themselves in a JSON string, but for those of
// other alphabets.
var ascii = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

// AppendString writes a JSON string.
func AppendString(b []byte, s string) []byte {
	at := 0
	for at < len(s) && ascii[s[at]] {
		at++
	}
	plain := at == len(s) || utf8.ValidString(s)
	for ; plain && at < len(s); at++ {
		plain = ascii[s[at]] || s[at] >= utf8.RuneSelf
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	quoted, _ := json.Marshal(s) // a string always marshals
	return append(b, quoted...)
}

// AppendUUID writes one as a JSON string.
func AppendUUID(b []byte, id [16]byte) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return append(b, '"')
}

// appendRaw writes JSON on one line.
func appendRaw(b []byte, raw json.RawMessage) []byte {
	switch {
	case len(raw) == 0 || !json.Valid(raw):
		return append(b, "null"...)
	case bytes.IndexByte(raw, '\n') < 0:
		return append(b, raw...)
	}
	compact, _ := json.Marshal(raw) // it is valid
	return append(b, compact...)
}

func appendFloat(b []byte, f float64) []byte {
	if size := math.Abs(f); size == 0 || size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	text, err := json.Marshal(f)
	if err != nil {
		return append(b, '0') // not a number, which no fraction is
	}
	return append(b, text...)
}

func appendTime(b []byte, t *time.Time) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	b = t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano)
	return append(b, '"')
}
