//go:build unix && !linux

package procs

import "time"

// processClock is what getrusage says here.
func processClock() (time.Duration, bool) { return 0, false }
