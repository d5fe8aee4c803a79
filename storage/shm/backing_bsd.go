//go:build unix && !linux

package shm

import "os"

func newShared(name string, sizeBytes int64) (backing, error) {
	return newTempFile(os.TempDir(), sizeBytes)
}
