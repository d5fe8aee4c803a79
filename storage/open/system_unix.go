//go:build unix

package open

import (
	"os"

	"golang.org/x/sys/unix"
)

// duplicate is another descriptor of the same open file.
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// descriptorLimit is how many files the process may have open. The Go runtime
// has raised the soft limit to the hard one already.
func descriptorLimit() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(uint64(limit.Cur), 1<<20))
}

func tooManyOpen(err error) bool { return errorIs(err, unix.EMFILE) || errorIs(err, unix.ENFILE) }
