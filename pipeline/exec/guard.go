package exec

import (
	"fmt"
	"runtime/debug"

	"github.com/weir-pipeline/weir/storage/shm"
)

// guard runs f, which may read mapped files and run stages of a program's own.
// A file that shrinks meanwhile is an error and not the end of the process, and
// so is a panic: a batch job in somebody's server must not take it along.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	return shm.GuardFaults(f)
}

// PanicError is a panic of a stage, or of weir, where a chunk was handled.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("internal error: %v\n%s", e.Value, e.Stack)
}
