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

// waitAndEndGroup waits for the process and kills what it has left behind, which
// could hold its pipes open. gone is called before the process's number can be
// another's: while it is a zombie, the number of its group is its own.
func waitAndEndGroup(cmd *exec.Cmd, gone func()) error {
	for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	gone()
	killGroup(cmd.Process)
	return cmd.Wait()
}

// killGroup kills the process and those that it started.
func killGroup(p *os.Process) { _ = unix.Kill(-p.Pid, unix.SIGKILL) }

// readerGone tells whether no reader is left at the other end of the pipe f.
func readerGone(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n == 1 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

// Enlarge asks for a larger pipe. A refusal (the user's pages for pipes are
// spent) only costs speed.
func Enlarge(f *os.File) {
	if raw, err := f.SyscallConn(); err == nil { // f.Fd would make it blocking
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, PipeBytes) })
	}
}

// lend is a function that hands pages to the pipe f instead of copying them:
// vmsplice(2), after which the reader's copy is the only one. It blocks while
// the pipe is full.
func lend(f *os.File) func(p []byte) error {
	fd := int(f.Fd())
	return func(p []byte) error {
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
