package pipeline

import (
	"bytes"
	"os"
	"strconv"
)

// resetPeakRSS makes peakRSS begin again, so that a run does not report the peak
// of the one before it. Two runs at once in one process share their peak.
func resetPeakRSS() {
	// 5 resets the high-water mark alone, see proc_pid_clear_refs(5). Where it is
	// refused the peak is that of the process.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peakRSS is the most memory this process has had resident since resetPeakRSS,
// in bytes; 0 if the system does not say.
func peakRSS() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
