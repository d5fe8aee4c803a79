package machine

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/weir-pipeline/weir/pipeline/procs"
)

// roomy enlarges the pipe w as that of a worker, and returns how much it takes
// and how pages are lent to it: vmsplice(2), as package procs does.
func roomy(w *os.File) (roomBytes int64, lend func(p []byte) error) {
	procs.Enlarge(w)
	fd := int(w.Fd())
	size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		return 0, nil
	}
	return int64(size), func(p []byte) error {
		for len(p) > 0 {
			iov := unix.Iovec{Base: &p[0]}
			iov.SetLen(len(p))
			n, err := unix.Vmsplice(fd, []unix.Iovec{iov}, 0)
			switch {
			case err == unix.EINTR:
			case err != nil:
				return os.NewSyscallError("vmsplice", err)
			default:
				p = p[n:]
			}
		}
		return nil
	}
}
