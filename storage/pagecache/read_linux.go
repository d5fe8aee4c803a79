package pagecache

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// copyCached copies what of b is in the page cache, from the begin of b on, and
// says how much that is; 0 too if that cannot be told.
func copyCached(f *os.File, b []byte, at int64) int {
	part := unix.Iovec{Base: unsafe.SliceData(b)}
	part.SetLen(len(b))
	// With RWF_NOWAIT the call never waits for a device, so that it can be raw.
	// The second half of the offset is for systems whose words have 32 bits.
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, f.Fd(), uintptr(unsafe.Pointer(&part)), 1,
		uintptr(at), uintptr(uint64(at)>>32), unix.RWF_NOWAIT)
	if errno != 0 {
		return 0
	}
	return int(n)
}
