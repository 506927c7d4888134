// Package socket is the plain door: JSON frames over a websocket at /v1/ws.
//
// docs/protocol.md describes the frames and close codes. A connection costs
// one goroutine, which reads; another writes while there is something to
// write. Nothing a client sends can end more than its own connection.
package socket
