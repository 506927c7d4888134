package processor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
)

var errInputMissing = errors.New("processor: the uploaded file is gone")

// storageError is a trouble with the bucket, which may pass.
type storageError struct{ error }

func (e *storageError) Unwrap() error { return e.error }

// engineError is an error of the engine that is neither about the file nor
// about the request. The next attempt would run into it again.
type engineError struct{ error }

func (e *engineError) Unwrap() error { return e.error }

// panicked is a panic of the code that makes or draws the forecast.
type panicked struct {
	value any
	stack []byte
}

func (e *panicked) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// failure tells the user why an attempt ended, and whether another may do
// better. What went wrong inside stays in the log.
func failure(err error) job.Failure {
	var data *dataset.Error
	var spec *job.SpecError
	var engine *engineError
	var panic *panicked
	var storage *storageError
	switch {
	case errors.As(err, &data):
		return job.Failure{Code: data.Code, Message: sentence(data.Error(), data.Hint)}
	case errors.As(err, &spec):
		return job.Failure{Code: spec.Code, Message: sentence(spec.Error(), spec.Hint)}
	case errors.Is(err, errInputMissing):
		return job.Failure{Code: "input_missing", Message: "the uploaded file is no longer there; upload it again"}
	case errors.As(err, &engine), errors.As(err, &panic):
		return job.Failure{Code: "model_failed", Message: "the forecast of this file ended in an error of pgcast; another model may do better"}
	case errors.Is(err, ErrDenied):
		return job.Failure{Code: "storage_denied", Message: "the file storage refused pgcast; its operator must check the service key and the bucket"}
	case errors.As(err, &storage):
		return job.Failure{Code: "storage_unavailable", Message: "the file storage did not answer as it should", Retry: true}
	}
	return job.Failure{Code: "internal", Message: "the run ended in an error of pgcast", Retry: true}
}

// sentence joins what is wrong with what to do about it, in text that the
// database takes: names from a file may hold bytes that it does not.
func sentence(detail, hint string) string {
	if hint != "" {
		detail += "; " + hint
	}
	return strings.ReplaceAll(strings.ToValidUTF8(detail, "\uFFFD"), "\x00", "\uFFFD")
}
