package timing

import (
	"runtime/metrics"
	"time"
)

// Usage is what the operating system counted for a lane while it was bound to
// a thread. What it was bound for is Bound; the difference between Bound and CPU
// is time in which the lane was off the processor: preempted, or blocked.
type Usage struct {
	Bound               [categories]time.Duration // time while bound
	CPU                 [categories]time.Duration // processor time while bound, user and system
	MinorFaults         [categories]int64         // page faults that found the page in memory
	MajorFaults         [categories]int64         // page faults that waited for a device
	VoluntarySwitches   int64
	InvoluntarySwitches int64
}

// TotalCPU is the processor time of all categories.
func (u *Usage) TotalCPU() (sum time.Duration) {
	for _, d := range u.CPU {
		sum += d
	}
	return sum
}

// Faults are the page faults of all categories.
func (u *Usage) Faults() (minor, major int64) {
	for c := range u.MinorFaults {
		minor += u.MinorFaults[c]
		major += u.MajorFaults[c]
	}
	return minor, major
}

// reading is the state of a thread's counters.
type reading struct {
	cpu                    time.Duration
	minor, major           int64
	voluntary, involuntary int64
}

// sampleEvery is how much time passes at least between two readings of the
// thread's counters: a reading is two system calls of some 0.5 µs, which have
// to cost less than a hundredth.
const sampleEvery = 100 * time.Microsecond

// meter follows the thread that a lane is bound to. What is counted between two
// readings is shared out over the categories of that time by their length.
type meter struct {
	usage  Usage
	bound  bool
	before reading
	since  [categories]time.Duration // the last reading
	passes time.Duration             // sum of since
}

// passed says that d passed in c.
func (m *meter) passed(c Category, d time.Duration) {
	if !m.bound {
		return
	}
	m.usage.Bound[c] += d
	m.since[c] += d
	m.passes += d
	if m.passes >= sampleEvery {
		m.sample()
	}
}

// sample reads the counters. A category in which a thread waits takes no
// processor time as long as there are others.
func (m *meter) sample() {
	now, ok := readThread()
	if !ok || m.passes == 0 {
		return
	}
	cpu, minor, major := now.cpu-m.before.cpu, now.minor-m.before.minor, now.major-m.before.major
	m.usage.VoluntarySwitches += now.voluntary - m.before.voluntary
	m.usage.InvoluntarySwitches += now.involuntary - m.before.involuntary
	m.before = now

	var busy time.Duration
	for c, d := range m.since {
		if !Category(c).Waits() {
			busy += d
		}
	}
	restCPU, restMinor, restMajor := cpu, minor, major
	last := 0
	for c, d := range m.since {
		if d == 0 || busy > 0 && Category(c).Waits() {
			continue
		}
		share := float64(d) / float64(max(busy, 1))
		if busy == 0 {
			share = float64(d) / float64(m.passes)
		}
		last = c
		partCPU, partMinor, partMajor := time.Duration(share*float64(cpu)), int64(share*float64(minor)), int64(share*float64(major))
		m.usage.CPU[c] += partCPU
		m.usage.MinorFaults[c] += partMinor
		m.usage.MajorFaults[c] += partMajor
		restCPU, restMinor, restMajor = restCPU-partCPU, restMinor-partMinor, restMajor-partMajor
	}
	m.usage.CPU[last] += restCPU
	m.usage.MinorFaults[last] += restMinor
	m.usage.MajorFaults[last] += restMajor
	m.since, m.passes = [categories]time.Duration{}, 0
}

// GarbageCollection is the processor time that collecting garbage has taken in
// this process so far, as the Go runtime estimates it at the end of each
// collection.
func GarbageCollection() time.Duration {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindFloat64 {
		return 0
	}
	return time.Duration(s[0].Value.Float64() * float64(time.Second))
}
