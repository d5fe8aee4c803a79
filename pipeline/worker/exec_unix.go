//go:build unix

package worker

import "syscall"

// closeOnExec keeps programs that this process starts from inheriting fds: one
// that outlives the worker would hold its conversation open.
func closeOnExec(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
