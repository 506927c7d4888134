// Package hub brings each event to the sessions that may see it.
//
// A session is one connected client, whatever protocol its door speaks. It
// subscribes to all jobs of its user (topic `user:{id}`) or to some of them,
// and gets a snapshot and then the changes. Who may see what is judged on the
// row image of the event, in memory: `authenticated` sees rows whose user_id
// is its own, `service_role` sees all, anybody else nothing. Sessions are
// found by user id, so an event visits nobody whom it does not concern.
//
// Three rules make the stream whole. A session joins the topic before its
// snapshot is read, and holds what arrives meanwhile. It sends a version of a
// job once, and never an older one after it, so two sources may bring the same
// event. And after a gap in the source the hub reads what every session should
// know, and sends what differs.
//
// Beside the source the hub follows the trail of job_events, once a second and
// whenever somebody asks: each reading is all that became visible since the one
// before, whatever the order of commits. From it steps are made up for that the
// source did not bring; when that is done, the moment of the reading is the place
// that clients are told as a cursor. While the source is behind the WAL the trail
// is read 20 times a second and told at once. Where the source may have left out a
// step, its events wait until the trail has been told. And the newest readings
// stay in a ring, from which a client that comes back with a cursor is told what
// it missed.
//
// Each session has a queue, bounded in bytes. In it a job's change replaces a
// waiting one of the same status and run, so that a slow client loses steps of
// progress and no change of status. A client too slow for that is told to leave.
//
// Events come as they were read, many together where there are many, and each
// session is woken once for all of them, when no lock is held: its door may write
// to the client there and then, as long as it waits for nobody.
//
// Locks are taken in this order: that of the order of events, hub, session. None
// is held while something waits.
package hub
