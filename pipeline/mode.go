package pipeline

import (
	"fmt"
	"strings"
)

// Mode is how chunks reach the stages.
type Mode string

// The modes.
const (
	Auto       Mode = "auto"       // sequential or threads, whichever should be faster
	Sequential Mode = "sequential" // one goroutine reads and computes
	Threads    Mode = "threads"    // several goroutines read and compute
	Pipe       Mode = "pipe"       // worker processes get copies of chunks through pipes
	Mmap       Mode = "mmap"       // worker processes get chunks in shared memory
)

// Modes are all modes but auto.
func Modes() []Mode { return []Mode{Sequential, Threads, Pipe, Mmap} }

// ParseMode finds a mode by its name; "" is Auto.
func ParseMode(name string) (Mode, error) {
	for _, m := range append(Modes(), Auto) {
		if string(m) == name {
			return m, nil
		}
	}
	if name == "" {
		return Auto, nil
	}
	return "", fmt.Errorf("unknown mode %q: use one of auto, %s", name, joinModes())
}

func joinModes() string {
	names := make([]string, 0, len(Modes()))
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// processes tells whether the mode has worker processes.
func (m Mode) processes() bool { return m == Pipe || m == Mmap }
