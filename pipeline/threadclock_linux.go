package pipeline

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is the processor time of the calling thread so far, to the moment:
// what getrusage(2) says of a thread lags behind by up to a tick of the kernel.
func threadCPU() (time.Duration, bool) {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}

// threadBlocked counts how often the calling thread has waited for a device: with
// page faults, and by giving its processor up, for whatever reason.
func threadBlocked() (majorFaults, gaveUp int64) {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &r) != nil {
		return 0, 0
	}
	return r.Majflt, r.Nvcsw
}
