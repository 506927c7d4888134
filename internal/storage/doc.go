// Package storage is the one way to the bucket: Supabase Storage, spoken to
// through storage-go.
//
// storage-go v0.8.1 keeps per-call options in a header map that all calls of
// a client share, takes no context, and reads whole downloads into memory. So
// every operation here makes a fresh client, which is a struct and a map,
// builds its request with [storage_go.Client.NewRequest], gives it a context,
// and sends it with [storage_go.Client.Do], which leaves the body of a good
// answer unread. What follows from that:
//
//   - Bytes stream in both directions; memory does not grow with the file.
//   - Every call returns within a second of the end of its context, and a peer
//     that has gone silent is given up after a minute.
//   - Uploads carry `Connection: close`. A server that refuses an upload stops
//     reading it; a body of 256 KiB to 2 MiB then looks fully sent, and the
//     next request on the pooled connection would hang for a minute.
//   - What is safe to repeat is repeated with jittered backoff while the
//     failure is [ErrUnavailable]; nothing else is.
//   - A [Key] is made of parsed UUIDs and fixed names only. Storage-go resolves
//     dot segments before it sends, so with the service key a path from
//     elsewhere could leave the user's folder, and even the bucket.
package storage
