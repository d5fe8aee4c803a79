package replay

import "time"

// Outcome says how long a workload takes, and what its cores and lanes do
// meanwhile.
//
// At every moment a core is busy or is idle for one reason, so that Busy and the
// idle times add up to Wall times the cores, but for rounding. Who runs alone is
// settled first: while the plan or the finish runs, and once no lane has chunk
// work left, all idle cores are Serial. Otherwise each activity that does not
// run can explain one idle core; they are asked in the order of the fields, and
// idle cores that nobody explains are Unused.
type Outcome struct {
	Wall time.Duration
	Busy time.Duration // cores that ran something

	Serial     time.Duration // idle while the plan or finish ran, or partials were made and merged
	Blocked    time.Duration // idle while someone waited for the disk
	WaitMemory time.Duration // idle while a lane or reader waited for a lease
	WaitLock   time.Duration // idle while a lane waited for the lock of the result
	Imbalance  time.Duration // idle while a lane had no more chunks, or one had none because a reader had no more splits
	WaitInput  time.Duration // idle while a worker waited for a chunk
	Starting   time.Duration // idle while a lane could not take work yet
	Unused     time.Duration // idle because there are more cores than lanes and readers to use them

	// Lanes are the lanes in order, then with Handover the readers, then the
	// feeders.
	Lanes []Lane
}

// Lane is how one lane spends the run. Its durations add up to Outcome.Wall, but
// for rounding.
type Lane struct {
	Role string // "lane", "reader" or "feeder"

	Start      time.Duration // until it could take work; for a thread, reader or feeder with the plan
	Useful     time.Duration // reading, decoding and computing
	Overhead   time.Duration // every other step
	WaitCore   time.Duration // had work, but shared a core
	WaitInput  time.Duration // a worker for a chunk, a feeder for one in the queue
	WaitMemory time.Duration // for a lease
	WaitOutput time.Duration // a reader for a place in the queue, a feeder for one at its worker
	WaitLock   time.Duration // for the lock of the result
	Idle       time.Duration // from its last work until no lane had chunk work left
	After      time.Duration // from then on: merging by others, the finish
}
