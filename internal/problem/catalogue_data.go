package problem

import "net/http"

// file: the upload is not a series of numbers that can be read.
var file = []Kind{
	{"empty_file", http.StatusBadRequest, "The file is empty", "Upload a file with a header and rows."},
	{"no_data_rows", http.StatusBadRequest, "The file has no data rows", "Upload a file with rows below the header."},
	{"not_text", http.StatusUnsupportedMediaType, "The file is not text", "Export it as CSV."},
	{"unsupported_encoding", http.StatusUnsupportedMediaType, "The text encoding is not supported", "Save the file as UTF-8."},
	{"bad_gzip", http.StatusBadRequest, "The compressed file is damaged", "Compress it again, or upload it as plain CSV."},
	{"bad_workbook", http.StatusUnprocessableEntity, "The workbook is damaged", "Save it again as .xlsx, or save the sheet as CSV."},
	{"not_csv", http.StatusUnprocessableEntity, "The file is not a table", "Upload comma, semicolon, tab or pipe separated values."},
	{"csv_unreadable", http.StatusUnprocessableEntity, "The file could not be read", "Check the line that the problem names."},
	{"no_time_column", http.StatusUnprocessableEntity, "No column holds times", "Add a column of dates, or name one in time_column."},
	{"no_numeric_target", http.StatusUnprocessableEntity, "No column holds numbers to forecast", "Add a column of numbers."},
	{"ambiguous_date", http.StatusUnprocessableEntity, "The dates can be read day first or month first", "Write the dates as 2006-01-02, or choose the reading."},
	{"mixed_frequency", http.StatusUnprocessableEntity, "A column holds labels of different periods", "Choose one of them in time_column, or upload them apart."},
	{"ambiguous_number", http.StatusUnprocessableEntity, "The numbers may be thousands or have a fraction", "Say which mark is the decimal one in decimal, or name the target to take the numbers as they were read."},
	{"ambiguous_timezone", http.StatusUnprocessableEntity, "The times may be midnights of another time zone", "Name the zone in timezone; UTC takes them as they are."},
	{"time_unparseable", http.StatusUnprocessableEntity, "A time cannot be read", "Correct the cell that the problem names."},
	{"value_unparseable", http.StatusUnprocessableEntity, "A number cannot be read", "Correct the cell that the problem names."},
	{"too_many_columns", http.StatusUnprocessableEntity, "The file has too many columns", "Keep the columns that matter, or make them rows."},
	{"too_many_series", http.StatusUnprocessableEntity, "The file has too many series", "Split the file."},
	{"field_too_long", http.StatusUnprocessableEntity, "A field is too long", "Look for a quote that is not closed before the line that the problem names."},
	{"record_too_long", http.StatusUnprocessableEntity, "A row is too long", "Look for a quote that is not closed before the line that the problem names."},
	{"unterminated_quote", http.StatusUnprocessableEntity, "A quote is never closed", "Close the quote that opens at the line that the problem names."},
	{"too_many_bad_rows", http.StatusUnprocessableEntity, "Too many rows do not fit the table", "Give every row as many fields as the header has."},
	{"too_few_rows", http.StatusUnprocessableEntity, "The file has too few rows", "Upload more history."},
	{"too_few_observations", http.StatusUnprocessableEntity, "A series has too few observations", "Upload more history, or leave the series out."},
	{"duplicate_timestamps", http.StatusUnprocessableEntity, "Several rows of a series have the same time", `Set duplicates to "sum", "mean", "first" or "last".`},
	{"frequency_too_fine", http.StatusUnprocessableEntity, "The frequency is too fine for the data", "Choose a coarser frequency."},
	{"gaps_not_allowed", http.StatusUnprocessableEntity, "The series have gaps", `Set gaps to "linear", "zero" or "previous".`},
	{"file_missing", http.StatusNotFound, "The file is not in the bucket", "Upload it again, or run the job again."},
}

// run: a job's state does not allow it, or a run ended without a result.
var run = []Kind{
	{"state_conflict", http.StatusConflict, "The job's status does not allow it", "Wait until the job has ended, or cancel it first."},
	{"not_ready", http.StatusConflict, "The run has not completed", "Ask again after the seconds in Retry-After, or follow the job."},
	{"canceled", http.StatusConflict, "The run was canceled", "Run the job again: POST /v1/jobs/{id}/reprocess."},
	{"run_failed", http.StatusConflict, "The run ended without a result", "The job's error says why."},
	{"expired", http.StatusGone, "The result is no longer kept", "Run the job again: POST /v1/jobs/{id}/reprocess."},
	{"series_not_found", http.StatusNotFound, "The result has no such series", "Leave ?series= out to see them all."},
	{"deadline_exceeded", http.StatusGatewayTimeout, "The time was up before the work was done", "Set a longer deadline, or ask for less."},
	{"model_failed", http.StatusUnprocessableEntity, "No model could forecast the file", "Look at the warnings of the profile."},
	{"processor_lost", http.StatusInternalServerError, "The processors that ran the job died", "Run it again; if it happens again, the file may need more memory than a processor has."},
	{"lease_lost", http.StatusConflict, "Another processor took the job over", "Nothing: the other one finishes it."},
	{"input_missing", http.StatusNotFound, "The uploaded file is gone", "Upload it again."},
}

// inside: nothing the user did.
var inside = []Kind{
	{"internal", http.StatusInternalServerError, "Something went wrong inside", "Try again; if it stays, report the trace_id."},
	{"unavailable", http.StatusServiceUnavailable, "The service is starting or stopping", "Try again in a second."},
	{"storage_unavailable", http.StatusServiceUnavailable, "The file storage does not answer", "Try again in a moment."},
	{"storage_denied", http.StatusInternalServerError, "The file storage refused the service", "The operator must check the service key and the bucket: pgcast doctor."},
	{"database_unavailable", http.StatusServiceUnavailable, "The database does not answer", "Try again in a moment."},
	{"auth_unavailable", http.StatusServiceUnavailable, "The token could not be checked", "Try again in a moment; the operator must check the address of the signing keys."},
	{"not_implemented", http.StatusNotImplemented, "Not part of this service", "See /docs for what it does."},
}
