package procs

import "os"

// PeakRSSBytes is not asked of windows.
func PeakRSSBytes(*os.ProcessState) int64 { return 0 }
