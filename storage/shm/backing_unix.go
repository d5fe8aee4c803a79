//go:build unix

package shm

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	mmap "github.com/edsrzf/mmap-go"
)

// private is an anonymous mapping.
type private struct{ pages mmap.MMap }

func newPrivate(sizeBytes int64) (backing, error) {
	pages, err := mmap.MapRegion(nil, int(sizeBytes), mmap.COPY, mmap.ANON, 0)
	if err != nil {
		return nil, mapError(sizeBytes, err)
	}
	return &private{pages}, nil
}

func (p *private) mapping() []byte { return p.pages }
func (p *private) file() *os.File  { return nil }
func (p *private) close() error    { return p.pages.Unmap() }

// reserve has nothing to do: to write to an anonymous page can kill the process
// (Linux overcommits), not fault. Arena.reserve has looked before.
func (p *private) reserve(offset, sizeBytes int64) error { return nil }

// tempFile is a shared mapping of an unlinked temporary file, for systems
// without memfd.
type tempFile struct {
	pages    mmap.MMap
	writable *os.File
	readOnly *os.File // what workers get: it cannot be mapped for writing
}

func newTempFile(dir string, sizeBytes int64) (b backing, err error) {
	t := &tempFile{}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.writable, err = os.CreateTemp(dir, ".weir-arena-*"); err != nil {
		return nil, err
	}
	path := t.writable.Name()
	t.readOnly, err = os.Open(path)
	if err = errors.Join(err, os.Remove(path)); err != nil {
		return nil, err
	}
	if err = t.writable.Truncate(sizeBytes); err != nil {
		return nil, mapError(sizeBytes, err)
	}
	if t.pages, err = mmap.MapRegion(t.writable, int(sizeBytes), mmap.RDWR, 0, 0); err != nil {
		return nil, mapError(sizeBytes, err)
	}
	return t, nil
}

func (t *tempFile) mapping() []byte { return t.pages }
func (t *tempFile) file() *os.File  { return t.readOnly }

// reserve writes zeros, which makes any file system allocate the blocks.
func (t *tempFile) reserve(offset, sizeBytes int64) error {
	zeros := make([]byte, min(sizeBytes, 1<<20))
	for end := offset + sizeBytes; offset < end; {
		n, err := t.writable.WriteAt(zeros[:min(int64(len(zeros)), end-offset)], offset)
		if err != nil {
			return err
		}
		offset += int64(n)
	}
	return nil
}

func (t *tempFile) close() error {
	var err error
	if t.pages != nil {
		err = t.pages.Unmap()
	}
	for _, f := range []*os.File{t.writable, t.readOnly} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// mapError tells a lack of memory (or of address space, or of the permitted
// file size) from other failures.
func mapError(sizeBytes int64, err error) error {
	for _, lack := range []error{syscall.ENOMEM, syscall.ENOSPC, syscall.EFBIG, syscall.EDQUOT} {
		if errors.Is(err, lack) {
			return &NoSpaceError{NeedBytes: sizeBytes, AvailableBytes: availableOrUnknown(), Err: err}
		}
	}
	return fmt.Errorf("map %s: %w", formatBytes(sizeBytes), err)
}
