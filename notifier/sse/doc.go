// Package sse is the door for whoever reads a plain HTTP answer: an EventSource
// in a page, `curl -N`, or a program. /v1/events tells of all jobs of a user,
// /v1/jobs/{id}/events of one. docs/protocol.md describes the events.
//
// A stream costs the server's goroutine and nothing else. It ends when the
// client goes, when it is too slow, when its credential ends, and at a stop;
// the `id` of the events is the place from which the next one goes on.
package sse
