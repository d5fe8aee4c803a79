package shm

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Forget unmaps the pages of a mapped file that lie under buf, so that they do
// not count as this process's memory any more. They stay in the page cache, and
// are mapped again when they are touched again. The last page may be that of
// what follows, and stays.
func Forget(buf []byte) {
	page := uintptr(os.Getpagesize())
	base := uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	from, to := base&^(page-1), (base+uintptr(len(buf)))&^(page-1)
	if to > from {
		// It cannot fail for what is mapped, and nothing depends on it.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
	}
}
