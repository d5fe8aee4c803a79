//go:build unix

package procs

import (
	"os"
	"runtime"
	"syscall"
)

// PeakRSSBytes is the most memory that a process which is gone had resident.
func PeakRSSBytes(s *os.ProcessState) int64 {
	if s == nil {
		return 0
	}
	u, ok := s.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin":
		return int64(u.Maxrss) // in bytes there, in KiB elsewhere
	}
	return int64(u.Maxrss) << 10
}
