package procs

import (
	"os"
	"os/exec"
)

// Supported tells whether this system can run workers.
func Supported() error { return ErrUnsupported }

func self() (string, error) { return os.Executable() }

func dieWithParent(*exec.Cmd) {}

// Enlarge does nothing here: the size of a pipe is the system's.
func Enlarge(*os.File) {}

func killGroup(p *os.Process) { _ = p.Kill() }

func waitAndEndGroup(cmd *exec.Cmd, gone func()) error {
	err := cmd.Wait()
	gone()
	return err
}

// lend is not possible here: everything is written.
func lend(*os.File) func(p []byte) error { return nil }

// readerGone is not asked here.
func readerGone(*os.File) bool { return false }
