package processor

import (
	"errors"
	"fmt"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
)

var errInputMissing = errors.New("processor: the uploaded file is gone")

// storageError is a trouble with the bucket, which may pass.
type storageError struct{ error }

func (e *storageError) Unwrap() error { return e.error }

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
	var storage *storageError
	var panic *panicked
	switch {
	case errors.As(err, &data):
		return job.Failure{Code: data.Code, Message: sentence(data.Error(), data.Hint)}
	case errors.As(err, &spec):
		return job.Failure{Code: spec.Code, Message: sentence(spec.Error(), spec.Hint)}
	case errors.Is(err, errInputMissing):
		return job.Failure{Code: "input_missing", Message: "The uploaded file is no longer there. Upload it again."}
	case errors.As(err, &storage):
		return job.Failure{Code: "storage_unavailable", Message: "The file storage did not answer as it should.", Retry: true}
	case errors.As(err, &panic):
		return job.Failure{Code: "model_failed", Message: "The forecast ended in an error of ours on this file. Another model may do better."}
	}
	return job.Failure{Code: "internal", Message: "The forecast ended in an error of ours.", Retry: true}
}

// sentence joins what is wrong with what to do about it.
func sentence(detail, hint string) string {
	if hint == "" {
		return detail
	}
	return detail + "; " + hint
}
