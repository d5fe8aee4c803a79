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

func enlarge(*os.File) {}
