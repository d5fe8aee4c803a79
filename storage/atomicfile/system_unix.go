//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// lock locks a temporary file until its process closes it or dies. It is false
// if the file has been removed meanwhile. On file systems without locks nobody
// can take the file for stale either.
func lock(f *os.File) bool {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return true
	}
	var stat unix.Stat_t
	return unix.Fstat(int(f.Fd()), &stat) != nil || stat.Nlink > 0
}

// removeUnlocked removes the temporary file at path if its writer is gone.
func removeUnlocked(path string) {
	// A name that somebody planted may be a link or a pipe.
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		os.Remove(path)
	}
}

// replace renames the open temporary file and closes it, in this order: while
// it has its temporary name it has to be locked.
func replace(temp *os.File, target string) error {
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	temp.Close() // all of it was synced
	return nil
}

// removeOpen removes and closes a temporary file.
func removeOpen(temp *os.File) {
	os.Remove(temp.Name())
	temp.Close()
}

// syncDir makes a rename in dir durable. Some file systems cannot and need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // a directory that may be written but not read
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

// openDescriptor duplicates the descriptor that path stands for, if it stands
// for one of this process: /dev/fd/N or /proc/PID/fd/N.
func openDescriptor(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	if dir != "/dev/fd/" && dir != "/proc/"+strconv.Itoa(os.Getpid())+"/fd/" {
		return nil, nil
	}
	n, err := strconv.Atoi(base)
	if err != nil || n < 0 {
		return nil, unix.ENOENT
	}
	fd, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}
