package shm

import (
	"errors"
	"os"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// private is memory of the Go heap.
type private struct{ bytes []byte }

func newPrivate(sizeBytes int64) (backing, error) {
	buf := make([]byte, sizeBytes+chunk.Align)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(buf))) & (chunk.Align - 1)
	return &private{buf[skip : int64(skip)+sizeBytes]}, nil
}

func (p *private) mapping() []byte                       { return p.bytes }
func (p *private) file() *os.File                        { return nil }
func (p *private) reserve(offset, sizeBytes int64) error { return nil }
func (p *private) close() error                          { return nil }

func newShared(name string, sizeBytes int64) (backing, error) {
	return nil, errors.New("shared memory is not supported on windows; use --mode threads or pipe")
}
