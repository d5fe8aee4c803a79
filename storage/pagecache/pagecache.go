// Package pagecache tells how much of a file the system keeps in memory, and
// brings a file into the page cache or out of it. A measurement of a file that
// does not say in which state it found the cache says little.
package pagecache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Residency is how much of a file is in the page cache.
type Residency struct {
	ResidentBytes int64 // whole pages, at most SizeBytes
	SizeBytes     int64
}

// Fraction is the part that is resident, from 0 to 1. An empty file is.
func (r Residency) Fraction() float64 {
	if r.SizeBytes == 0 {
		return 1
	}
	return float64(r.ResidentBytes) / float64(r.SizeBytes)
}

// UnsupportedError says that the system does not tell or change what is in the
// page cache, or not to this user. It is an errors.ErrUnsupported.
type UnsupportedError struct{ Path, Reason string }

func (e *UnsupportedError) Error() string { return e.Path + ": " + e.Reason }

// Unwrap is errors.ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }

// KeptError says that pages stayed in the page cache that were to be dropped.
type KeptError struct {
	Path      string
	Residency Residency
	Reason    string // what keeps them, and what to do about it
}

func (e *KeptError) Error() string {
	return fmt.Sprintf("%s: %d of its %d bytes stay in the page cache: %s", e.Path, e.Residency.ResidentBytes, e.Residency.SizeBytes, e.Reason)
}

// Warm reads the file into the page cache, unless all of it is known to be
// there. A file larger than the memory that the system has for its cache is
// then resident in part: ask Resident.
func Warm(ctx context.Context, path string) error {
	r, err := Resident(path)
	switch {
	case err == nil && r.ResidentBytes == r.SizeBytes:
		return nil
	case err != nil && !errors.Is(err, errors.ErrUnsupported):
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := f.Read(block); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
