//go:build !linux

package pipeline

import "time"

// threadCPU is not known.
func threadCPU() (time.Duration, bool) { return 0, false }

// threadBlocked is not known.
func threadBlocked() (majorFaults, gaveUp int64) { return 0, 0 }
