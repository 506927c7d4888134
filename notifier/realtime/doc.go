// Package realtime is the door of Supabase Realtime: /realtime/v1/websocket, for
// the unmodified @supabase/supabase-js and whoever else speaks its protocol.
//
// A client joins channels and names what it wants to hear of in each
// (`postgres_changes` bindings: event, filter, columns). A socket has one
// session of the hub for each identity its channels show, and the writer judges
// each change for each channel. What the client library expects beyond its
// documentation is said where it matters; docs/protocol.md describes what is
// served.
//
// A channel whose token ends is told so by phx_error, which lets the client come
// back, and what happens until then is kept for it.
package realtime
