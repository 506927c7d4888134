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
//	claim → wait for a slot → download → forecast → render and upload → complete (publish while the row is held)
//	                        └ error: fail, with or without another try
//	                        └ stopping: release, the try is not counted
//	                        └ lease lost (canceled, reset, rescued): drop the work, say nothing
//
// A slot is free when the work is done; the end is written beside. While runs
// take less than 20 ms the process claims in numbers, and the ends of short
// runs share transactions; long ones are claimed one for each free slot and end
// alone, so that none waits for another.
//
// Claims begin at a low-water mark, which spares them what was claimed long
// ago. A look, made at each poll and when a wake-up led to too little, finds
// what lies before the mark, and the jobs whose time has come. A job under which
// two processors died is run alone.
//
// Beside the runs a few loops keep house: heartbeats say that the process
// lives, reports carry progress one way and lost leases the other, rescues
// free the jobs of dead processors, watches name runs that do not stop, sweeps
// remove what is no longer kept, audits mend what a late write may have left at
// a canonical path.
package processor
