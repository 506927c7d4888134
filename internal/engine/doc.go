// Package engine turns a forecast request and a CSV file into a finished
// [Output]: profile, resolve, read, forecast. The processor, the dry run of
// the API and `pgcast forecast` all go through it, which is why they give the
// same numbers.
package engine
