//go:build unix

package procs

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// Self is what has been counted for this process so far.
func Self() Usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}
	}
	u := ofRusage(&r)
	if cpu, ok := processClock(); ok {
		u.CPU = cpu
	}
	return u
}

func usageOf(s *os.ProcessState) Usage {
	r, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return Usage{}
	}
	return ofRusage(r)
}

func ofRusage(r *syscall.Rusage) Usage {
	u := Usage{
		CPU:          time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		PeakRSSBytes: int64(r.Maxrss), MinorFaults: int64(r.Minflt), MajorFaults: int64(r.Majflt),
		VoluntarySwitches: int64(r.Nvcsw), InvoluntarySwitches: int64(r.Nivcsw),
	}
	if runtime.GOOS != "darwin" { // in bytes there, in KiB elsewhere
		u.PeakRSSBytes <<= 10
	}
	return u
}
