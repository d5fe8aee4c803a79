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

// threadReads counts what the calling thread has had brought from a device: pages
// that it touched, and blocks that it read.
func threadReads() int64 {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &r) != nil {
		return 0
	}
	return r.Majflt + r.Inblock
}
