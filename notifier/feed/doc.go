// Package feed turns committed changes of `jobs` into events.
//
// Two sources tell the same story. Logical replication (pgoutput over a
// temporary slot) carries every row image in commit order and costs writers
// nothing. LISTEN/NOTIFY reaches where replication does not, such as through a
// session pooler: the trigger on `jobs` names the changed row on channel
// `pgcast_status`, and the feed reads it.
//
// [Feed.Run] takes replication wherever the database allows it and LISTEN
// wherever it does not, or while a slot cannot be made: creating one waits for
// every open writing transaction. Events of the two may overlap, and each
// (job, version) is the same event whoever brings it.
//
// What neither source keeps is what happened while it was away. So each time a
// source goes live the feed reports a gap, and its owner compares what it has
// told with what the database says.
package feed
