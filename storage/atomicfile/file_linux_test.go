package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func childOther(what, path string) int {
	if what != "full" {
		return 2
	}
	// The mount is seen only in this child's own namespace.
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size=256k"); err != nil {
		fmt.Println("mount:", err)
		return 3
	}
	fmt.Print(writeTooMuch(filepath.Join(path, "out.csv")))
	return 0
}

func TestAFullDiskIsAClearErrorAndLeavesNoPart(t *testing.T) {
	dir := t.TempDir()
	cmd := child("full", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	got, err := cmd.Output()
	if errors.Is(err, unix.EPERM) || strings.HasPrefix(string(got), "mount:") {
		t.Skipf("this system lets nobody mount a small file system: %v %s", err, got)
	}
	path := filepath.Join(dir, "out.csv")
	want := fmt.Sprintf("write: write %s: no space left on device\ncommit: write %[1]s: no space left on device\nold: old, 1 names\n", path)
	if err != nil || string(got) != want {
		t.Errorf("child says %v\n%s\nwant\n%s", err, got, want)
	}
}

func TestAFullDeviceIsAClearError(t *testing.T) {
	f, err := Create("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	_, err = f.Write([]byte("x"))
	if !errors.Is(err, unix.ENOSPC) || err.Error() != "write /dev/full: no space left on device" {
		t.Errorf("error is %v", err)
	}
}
