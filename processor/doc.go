// Package processor is the workshop: it claims jobs from the database, runs
// their forecasts, and publishes the results.
//
// Any number of processors work side by side and none leads. What keeps them
// apart is the fence: each claim carries a number that never repeats, every
// write of the claim is checked against it, and the files of an attempt lie in
// a folder of their own that only the fenced completion makes the result. So a
// processor that was frozen, cut off or killed changes nothing that counts.
//
// A life of a claim:
//
//	claim → download → forecast → render and upload → complete (publish while the row is held)
//	                └ error: fail, with or without another try
//	                └ stopping: release, the try is not counted
//	                └ lease lost (canceled, reset, rescued): drop the work, say nothing
//
// Beside the runs a few loops keep house: heartbeats say that the process
// lives, reports carry progress one way and lost leases the other, rescues
// free the jobs of dead processors, audits mend what a late write may have
// left at a canonical path.
package processor
