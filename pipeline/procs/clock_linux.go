package procs

import (
	"time"

	"golang.org/x/sys/unix"
)

// processClock is the processor time of this process. Getrusage leaves out what
// running threads have used since the last tick.
func processClock() (time.Duration, bool) {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}
