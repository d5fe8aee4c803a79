package procs

import "os"

// Self is not asked of windows.
func Self() Usage { return Usage{} }

func usageOf(s *os.ProcessState) Usage { return Usage{CPU: s.UserTime() + s.SystemTime()} }
