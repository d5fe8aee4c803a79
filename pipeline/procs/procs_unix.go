//go:build unix && !linux

package procs

import (
	"os"
	"os/exec"
	"syscall"
)

// Supported tells whether this system can run workers.
func Supported() error { return nil }

func self() (string, error) { return os.Executable() }

// dieWithParent keeps a Ctrl-C from reaching the worker before its parent
// knows. There is no parent-death signal here: a worker ends when its input
// does.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// waitAndEndGroup waits for the process. What it has left behind is not killed
// here: only on Linux the number of its group cannot be another's meanwhile.
func waitAndEndGroup(cmd *exec.Cmd, gone func()) error {
	err := cmd.Wait()
	gone()
	return err
}

// killGroup kills the process and those that it started.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// Enlarge does nothing here: the size of a pipe is the system's.
func Enlarge(*os.File) {}

// lend is not possible here: everything is written.
func lend(*os.File) func(p []byte) error { return nil }

// readerGone is not asked here.
func readerGone(*os.File) bool { return false }
