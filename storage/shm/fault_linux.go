package shm

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// isMapped tells whether some mapping covers addr. mincore(2) answers without
// touching the page.
func isMapped(addr uintptr) bool {
	page := uintptr(os.Getpagesize())
	var resident [1]byte
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, addr&^(page-1), page, uintptr(unsafe.Pointer(&resident)))
	return errno != unix.ENOMEM
}
