//go:build unix && !linux

package pipeline

import (
	"runtime"
	"syscall"
)

// resetPeakRSS is not possible here: peaks are those of the process.
func resetPeakRSS() {}

// peakRSS is the most memory this process has had resident, in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss) // in bytes there, in KiB elsewhere
	}
	return int64(u.Maxrss) << 10
}
