package procs

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Supported tells whether this system can run workers.
func Supported() error { return nil }

// self is this very program, even when its file has been replaced since.
func self() (string, error) { return "/proc/self/exe", nil }

// dieWithParent makes the kernel kill the worker when its parent is gone, and
// keeps a Ctrl-C at the terminal from reaching it before the parent knows.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// enlarge asks for a larger pipe. A refusal (the user's pages for pipes are
// spent) only costs speed.
func enlarge(f *os.File) {
	_, _ = unix.FcntlInt(f.Fd(), unix.F_SETPIPE_SZ, PipeBytes)
}
