//go:build !linux

package pipeline

// totalMemory is not known here; the smallest default is used.
func totalMemory() int64 { return 0 }
