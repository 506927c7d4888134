package job

// Processor is a process that runs jobs, as it introduces itself with each
// heartbeat.
type Processor struct {
	ID      string // of this life of the process
	Name    string // for people
	Slots   int    // jobs it runs at once
	Running int    // jobs it runs now
	LockKey int64  // session advisory lock held by its LISTEN connection; 0 = none
}
