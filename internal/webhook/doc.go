// Package webhook tells other people's servers that a run has ended.
//
// The database writes a delivery in the transaction that ends the run; a
// [Sender] in each processor takes those that are due, posts them, and records
// what came of it. A sender that dies in between leaves the delivery to another
// one a minute later: each is delivered at least once, under an id that never
// changes.
//
// A request is signed as the Standard Webhooks specification 1.0.0 says: headers
// webhook-id, webhook-timestamp (seconds since 1970) and webhook-signature, which
// is "v1," and the base64 of the HMAC-SHA256 of "id.timestamp.body". Any 2xx
// answer means delivered; of the answer nothing but its status is kept.
//
// The URL comes from a user, and the processor stands inside a network that the
// user does not: so the address is checked when it is dialed, after the name was
// resolved (see [Allowed]), no proxy is used, and no redirect is followed.
package webhook
