// Package localstorage is the part of the Supabase Storage HTTP API that
// pgcast needs, on a directory: for `pgcast up` and for tests, so that one
// client speaks to one protocol everywhere.
//
// It answers as supabase/storage 1.11.2 was measured to answer: nearly every
// error is HTTP 400, and the truth is a JSON body whose statusCode is a
// string. It is better than the original where the original hurts: size limits
// hold for chunked uploads too, a refused upload never poisons its connection,
// of several creators of one key exactly one wins, and no message names a path
// of the server.
//
// Who may do what is fixed, as the policies of pgcast on storage.objects fix
// it: the service role everything; a user (role authenticated) reads what is
// in the folder named by the token's sub in the users' bucket, and creates
// there what is no result; anon nothing.
//
// # On disk
//
//	DIR/lock                            held while a server runs
//	DIR/tmp/                            what is not whole yet; emptied at start
//	DIR/uploads/                        resumable uploads that are not whole yet, for a day
//	DIR/buckets/{bucket}/bucket.json
//	DIR/buckets/{bucket}/objects/{key}~o
//
// An object is one file: its bytes, then its metadata as JSON, then a footer
// that says how long the JSON is. Bytes and metadata change together, by one
// rename, and a file that is not whole is not an object. The suffix holds a
// character that no key can, so that the object a and the folder a/ can both be.
package localstorage
