//go:build unix

package wire

import (
	"fmt"
	"os"
	"syscall"
)

// FileSegment is an input file as a segment that another process maps itself.
// path must lead to the file that f is, also from another process.
func FileSegment(id int, f *os.File, path string) (*Segment, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	s := &Segment{ID: id, SizeBytes: info.Size(), Path: path, ModNano: info.ModTime().UnixNano()}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, fmt.Errorf("%s: the system does not say which file it is", path)
	}
	s.Device, s.Inode = uint64(stat.Dev), uint64(stat.Ino)
	return s, nil
}

// SameFile tells whether f is the very file that s names, unchanged.
func SameFile(f *os.File, s *Segment) (bool, error) {
	got, err := FileSegment(s.ID, f, s.Path)
	if err != nil {
		return false, err
	}
	return *got == *s, nil
}
