// Package ingest is the door: the HTTP interface and the web page. A file
// comes in and is stored while it is profiled, a job row is written; status,
// results and files go out.
//
// The package knows neither the database nor the storage. It asks for the few
// methods it needs in [Jobs] and [Files] and tells who is calling by
// [Authenticate]; mains hand over something that fits. Every answer that is
// not a success is a problem document from the list in internal/problem.
package ingest
