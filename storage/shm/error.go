package shm

import (
	"errors"
	"fmt"
)

// ErrNoSpace says that the system cannot give an arena the memory it asked
// for. Errors that match it are of type [*NoSpaceError].
var ErrNoSpace = errors.New("not enough memory")

// ErrClosed says that an arena was closed before or during a call.
var ErrClosed = errors.New("arena is closed")

// NoSpaceError is an arena that does not fit in the memory of the machine, the
// container or the process.
type NoSpaceError struct {
	NeedBytes      int64
	AvailableBytes int64 // -1 if unknown
	Err            error // what the system said; nil if it was not asked because it could not succeed
}

func (e *NoSpaceError) Error() string {
	msg := "not enough memory: need " + formatBytes(e.NeedBytes)
	if e.AvailableBytes >= 0 {
		msg += ", " + formatBytes(e.AvailableBytes) + " available"
	}
	if e.Err != nil {
		msg += " (" + e.Err.Error() + ")"
	}
	return msg + "; use a smaller --memory-limit or free memory"
}

// Is makes errors.Is(err, ErrNoSpace) true.
func (e *NoSpaceError) Is(target error) bool { return target == ErrNoSpace }

// Unwrap is what the system said.
func (e *NoSpaceError) Unwrap() error { return e.Err }

// TooLargeError is a lease that would not fit even if the arena were empty.
type TooLargeError struct {
	NeedBytes     int64
	CapacityBytes int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a chunk needs %s (%d bytes) of memory and at most %s (%d bytes) is available for it; "+
		"use fewer rows per chunk (--chunk-rows) or a larger --memory-limit",
		formatBytes(e.NeedBytes), e.NeedBytes, formatBytes(e.CapacityBytes), e.CapacityBytes)
}

// formatBytes is n for people: three digits and a binary unit.
func formatBytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(byteUnits)-1 {
		value /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %s", value, byteUnits[unit])
}

var byteUnits = [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
