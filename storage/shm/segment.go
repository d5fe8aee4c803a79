package shm

import (
	"fmt"
	"os"
	"unsafe"

	mmap "github.com/edsrzf/mmap-go"
)

// Segment is a read-only mapping of another process's arena or of an input
// file.
type Segment struct{ pages mmap.MMap }

// MapSegment maps the first sizeBytes of f for reading. It is an error if f is
// shorter now. The caller may close f right after.
//
// A file can be truncated later, by anyone: code that reads the mapping of an
// input file runs inside [GuardFaults]. An arena cannot.
func MapSegment(f *os.File, sizeBytes int64) (*Segment, error) {
	if sizeBytes < 0 || int64(int(sizeBytes)) != sizeBytes {
		return nil, fmt.Errorf("%s: cannot map %d bytes", f.Name(), sizeBytes)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < sizeBytes {
		return nil, fmt.Errorf("%s: file changed: it has %d bytes and had at least %d", f.Name(), info.Size(), sizeBytes)
	}
	if sizeBytes == 0 {
		return &Segment{}, nil
	}
	pages, err := mmap.MapRegion(f, int(sizeBytes), mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s (%s): %w", f.Name(), formatBytes(sizeBytes), err)
	}
	return &Segment{pages}, nil
}

// Bytes is the whole mapping, valid until Close. To write to it faults.
func (s *Segment) Bytes() []byte { return s.pages }

// Slice is length bytes from offset. Both may come from an untrusted peer.
func (s *Segment) Slice(offset, length int64) ([]byte, error) {
	size := int64(len(s.pages))
	if offset < 0 || length < 0 || offset > size || length > size-offset {
		return nil, fmt.Errorf("%d bytes at offset %d are outside the segment of %d bytes", length, offset, size)
	}
	return s.pages[offset : offset+length : offset+length], nil
}

// Holds tells whether buf is a part of the segment.
func (s *Segment) Holds(buf []byte) bool {
	if len(buf) == 0 || len(buf) > len(s.pages) {
		return false
	}
	base, at := uintptr(unsafe.Pointer(unsafe.SliceData(s.pages))), uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	return at >= base && at-base <= uintptr(len(s.pages)-len(buf))
}

// Close unmaps the segment. Closing twice is harmless.
func (s *Segment) Close() error {
	if s.pages == nil {
		return nil
	}
	return s.pages.Unmap()
}
