package timing

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// readThread reads the counters of the calling thread.
func readThread() (reading, bool) {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &r) != nil {
		return reading{}, false
	}
	return reading{
		cpu:   time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		minor: r.Minflt, major: r.Majflt, voluntary: r.Nvcsw, involuntary: r.Nivcsw,
	}, true
}

func (m *meter) bind() {
	if m.bound {
		return
	}
	runtime.LockOSThread()
	m.before, m.bound = reading{}, true
	if r, ok := readThread(); ok {
		m.before = r
	}
}

func (m *meter) unbind() {
	if !m.bound {
		return
	}
	m.sample()
	m.bound = false
	runtime.UnlockOSThread()
}
