//go:build !linux

package timing

import "errors"

// Pin is for Linux.
func Pin(int) (undo func(), err error) {
	return func() {}, errors.New("threads can be pinned to processors on Linux only")
}
