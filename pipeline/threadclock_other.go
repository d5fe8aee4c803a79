//go:build !linux

package pipeline

import "time"

// threadCPU is not known.
func threadCPU() (time.Duration, bool) { return 0, false }

// threadReads is not known.
func threadReads() int64 { return 0 }
