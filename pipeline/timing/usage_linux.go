package timing

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// readThread reads the counters of the calling thread. The processor time is
// that of the clock, because getrusage leaves out what has passed since the last
// tick.
func readThread() (reading, bool) {
	var r unix.Rusage
	var cpu unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &cpu) != nil || unix.Getrusage(unix.RUSAGE_THREAD, &r) != nil {
		return reading{}, false
	}
	return reading{
		cpu:   time.Duration(cpu.Nano()),
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
