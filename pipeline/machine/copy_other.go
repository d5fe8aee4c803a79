//go:build !linux

package machine

import "os"

// roomy knows no pipe that is sure to take a chunk before it is read.
func roomy(*os.File) (roomBytes int64, lend func(p []byte) error) { return 0, nil }
