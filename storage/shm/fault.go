package shm

import (
	"errors"
	"runtime/debug"
	"syscall"
)

// ErrFault says that the pages under a mapping were gone when they were read.
var ErrFault = errors.New("file was truncated or became unreadable while it was read")

// GuardFaults runs f and returns its error. If f reads a mapped file where the
// file has been truncated or the disk fails, which would otherwise kill the
// process, the error is [ErrFault]. So it is if a system call met such a page.
// Other panics pass. Goroutines that f starts are not guarded.
func GuardFaults(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		switch r := recover(); fault := r.(type) {
		case nil:
		case interface{ Addr() uintptr }:
			// The runtime's error for a fault other than at nil. Memory that is not
			// mapped at all is no file's fault, but ours.
			if !isMapped(fault.Addr()) {
				panic(r)
			}
			err = ErrFault
		default:
			panic(r)
		}
	}()
	err = f()
	if errors.Is(err, syscall.EFAULT) {
		return errors.Join(ErrFault, err)
	}
	return err
}
