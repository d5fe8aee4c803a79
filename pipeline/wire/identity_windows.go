package wire

import (
	"errors"
	"os"
)

var errNoIdentity = errors.New("mode mmap is not supported on windows: use --mode threads")

// FileSegment is not supported on windows.
func FileSegment(int, *os.File, string) (*Segment, error) { return nil, errNoIdentity }

// SameFile is not supported on windows.
func SameFile(*os.File, *Segment) (bool, error) { return false, errNoIdentity }
