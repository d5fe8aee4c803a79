package pipeline

// peakRSS is not asked of windows.
func peakRSS() int64 { return 0 }

// resetPeakRSS does nothing here.
func resetPeakRSS() {}
