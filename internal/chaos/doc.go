// Package chaos runs a deployment of pgcast while everything about it breaks,
// and then asks whether anybody could tell.
//
// The parts are real: processes of the binary, a private Postgres, the local
// storage behind a front that fails. For a while processors are killed,
// frozen past their lease and asked to stop, Postgres is shut down at once and
// started again, connections are cut, the storage answers 500, hangs, cuts
// connections and does what it was asked when nobody waits for it any more,
// and an operator resets, cancels and asks again. Then all of that ends, every
// job has to end too, and an oracle looks at what is left: see [Violation].
//
// The oracle does not take the audit trail at its word. A trigger of its own
// records every change of a row of jobs in the same transaction; the trail,
// the runs, the files in the bucket, the answers the operator got and the logs
// of the processors all have to agree with that record.
//
// A seed decides what happens when, and to whom among those it may happen to.
// How the processes interleave is up to the machine, so the same seed leads to
// the same trouble, not to the same moment of it.
package chaos
