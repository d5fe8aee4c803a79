// Package account says where the core-seconds of a run went: the cores that it
// could keep busy, times its wall time, split over what they did and over what
// they waited for.
//
// What a lane did is taken from the processor time of its thread where the
// system counts it, so that two lanes which share a core are not both charged
// for it. When fewer lanes were active than there are cores, the idle cores are
// charged to what the other lanes waited for at that moment. Page faults are
// counted by the system, and charged at their measured cost; what the processes
// used beyond their lanes is the runtime's. The parts add up to cores times wall
// time.
package account

import (
	"encoding/json"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Cause is what core time went into.
type Cause uint8

// The causes, in the order of reports.
const (
	StartUp    Cause = iota // processes, mappings, opening files, planning; tearing down
	Read                    // getting bytes of the input
	Decode                  // turning them into columns
	Encode                  // writing chunks in a codec
	Copy                    // moving bytes between processes
	Faults                  // page faults: mapping pages in, or waiting for a device to bring them
	WaitInput               // idle until a chunk came
	WaitMemory              // idle until memory was given back
	WaitWorker              // idle until a worker was ready
	Compute                 // running the stages
	Imbalance               // idle while others still worked on the last chunks
	Return                  // encoding partials and rows, sending them back
	Merge                   // combining partials, and idle meanwhile
	Write                   // writing the result, and idle meanwhile
	Runtime                 // garbage collection and scheduling of goroutines
	Unaccounted
	causes
)

var names = [causes]string{
	"start-up", "read", "decode", "encode", "copy", "page faults", "wait for input", "wait for memory", "wait for a worker",
	"compute", "imbalance", "return", "merge", "write", "runtime", "unaccounted",
}

// String is the name in tables and reports.
func (c Cause) String() string { return names[c] }

// Causes are all causes, in the order of reports.
func Causes() []Cause {
	all := make([]Cause, causes)
	for i := range all {
		all[i] = Cause(i)
	}
	return all
}

// Explanations say in a line what each cause is.
func (c Cause) Explanation() string {
	return [causes]string{
		"creating processes, planning, opening and mapping files, and tearing them down again",
		"getting bytes of the input from the file",
		"turning bytes of the input, or of a codec, into columns",
		"writing a chunk in a codec, or describing where it lies, before it is handed over",
		"moving bytes of chunks from one process to another",
		"the kernel making pages of files and shared memory accessible, page by page",
		"cores idle because a worker had no chunk yet",
		"cores idle because a reader waited until memory was given back",
		"cores idle because a decoded chunk waited for a worker that could take it",
		"filters, expressions and aggregates",
		"cores idle because one lane had finished and another had not",
		"encoding partials or rows in a worker and sending them back",
		"combining partials into one, or waiting for who does",
		"writing rows, or waiting for who does",
		"garbage collection and scheduling of goroutines",
		"what nothing explains",
	}[c]
}

// FaultCosts are what a page fault takes, as measured on the machine. The zero
// value charges nothing.
type FaultCosts struct {
	File  time.Duration // a page of an input file that is mapped
	Arena time.Duration // a page of memory
}

// Account is the split of a run's core-seconds.
type Account struct {
	Cores int
	Wall  time.Duration
	CPU   time.Duration // that the system counted for all processes
	Spent [causes]time.Duration
	Lanes []Lane

	Efficiency Efficiency

	// Mismatch is by how much two measures of the idle core time differ, as a part
	// of the total: what the lanes waited for, and what is left of the total when
	// their processor time is taken off, and the runtime's, if it ran meanwhile. The idle times are scaled to the second.
	Mismatch float64
}

// Total is cores times wall time: the sum of Spent.
func (a *Account) Total() time.Duration { return time.Duration(a.Cores) * a.Wall }

// Share is the part of the total that went into c.
func (a *Account) Share(c Cause) float64 {
	if a.Wall == 0 {
		return 0
	}
	return float64(a.Spent[c]) / float64(a.Total())
}

// MarshalJSON writes the times as seconds, by the names of the causes.
func (a *Account) MarshalJSON() ([]byte, error) {
	type lane struct {
		Name  string             `json:"name"`
		Role  timing.Role        `json:"role"`
		Spent map[string]float64 `json:"cpu_s"`
	}
	lanes := make([]lane, len(a.Lanes))
	for i, l := range a.Lanes {
		lanes[i] = lane{l.Name, l.Role, seconds(l.Spent)}
	}
	return json.Marshal(struct {
		Cores      int                `json:"cores"`
		Total      float64            `json:"core_s"`
		CPU        float64            `json:"cpu_s"`
		Spent      map[string]float64 `json:"spent_s"`
		Lanes      []lane             `json:"lanes"`
		Efficiency Efficiency         `json:"efficiency"`
		Mismatch   float64            `json:"mismatch"`
	}{a.Cores, a.Total().Seconds(), a.CPU.Seconds(), seconds(a.Spent), lanes, a.Efficiency, a.Mismatch})
}

func seconds(spent [causes]time.Duration) map[string]float64 {
	named := map[string]float64{}
	for c, d := range spent {
		if d != 0 {
			named[Cause(c).String()] = d.Seconds()
		}
	}
	return named
}

// Lane is what one lane was charged: processor time by cause.
type Lane struct {
	Name  string
	Role  timing.Role
	Spent [causes]time.Duration
}

// Run is what Of needs to know of a run.
type Run struct {
	Trace  *timing.Trace
	Cores  int
	CPU    time.Duration // of all processes; 0: not counted
	GC     time.Duration // of CPU
	Mapped bool          // the stages read a mapped file
	Faults FaultCosts
}

// Of is the account of a run.
func Of(r Run) *Account {
	a := &Account{Cores: r.Cores, Wall: r.Trace.Wall, CPU: r.CPU}
	s := newSweep(r)
	for i := range r.Trace.Lanes {
		lane := &r.Trace.Lanes[i]
		charged := Lane{Name: lane.Name, Role: lane.Role}
		for c := range lane.Spent {
			category := timing.Category(c)
			if category.Waits() {
				continue
			}
			busy := time.Duration(float64(lane.Spent[c]) * s.activity(i, category))
			cause := causeOf(category)
			faults := faultTime(r, lane, category, busy)
			charged.Spent[Faults] += faults
			charged.Spent[cause] += busy - faults
		}
		for c, d := range charged.Spent {
			a.Spent[c] += d
		}
		a.Lanes = append(a.Lanes, charged)
	}
	a.addRuntime(r)
	a.addIdle(s.idle())
	a.Efficiency = efficiency(a)
	return a
}

// causeOf is what a lane's category is called in the account.
func causeOf(c timing.Category) Cause {
	switch c {
	case timing.Start:
		return StartUp
	case timing.Read:
		return Read
	case timing.Decode:
		return Decode
	case timing.Encode:
		return Encode
	case timing.Copy:
		return Copy
	case timing.Compute:
		return Compute
	case timing.Return:
		return Return
	case timing.Merge:
		return Merge
	case timing.Write:
		return Write
	}
	return Unaccounted
}

// faultTime is how much of a lane's busy time in a category went into page
// faults. Most of them are in the first touch of a mapped file by the stages,
// or of memory by whoever decodes into it.
func faultTime(r Run, lane *timing.Spans, c timing.Category, busy time.Duration) time.Duration {
	cost := r.Faults.Arena
	if r.Mapped && c == timing.Compute {
		cost = r.Faults.File
	}
	return min(time.Duration(lane.Usage.MinorFaults[c])*cost, busy*9/10)
}

// addRuntime charges what the processes used beyond what their lanes did.
func (a *Account) addRuntime(r Run) {
	var lanes time.Duration
	for _, d := range a.Spent {
		lanes += d
	}
	a.Spent[Runtime] = max(r.GC, r.CPU-lanes, 0)
	// A collection that stops or assists a lane is in the lane's time already.
	if over := lanes + a.Spent[Runtime] - max(r.CPU, lanes); r.CPU > 0 && over > 0 {
		taken := min(over, a.Spent[Compute]+a.Spent[Decode])
		fromCompute := time.Duration(float64(taken) * float64(a.Spent[Compute]) / float64(max(1, a.Spent[Compute]+a.Spent[Decode])))
		a.Spent[Compute] -= fromCompute
		a.Spent[Decode] -= taken - fromCompute
	}
}

// addIdle shares the rest of the total out by how long each cause kept cores
// idle. What was busy beyond the total, by errors of measurement, is taken off
// in proportion.
func (a *Account) addIdle(idle [causes]time.Duration) {
	var busy, waited time.Duration
	for _, d := range a.Spent {
		busy += d
	}
	for _, d := range idle {
		waited += d
	}
	rest := a.Total() - busy
	if rest < 0 {
		for c, d := range a.Spent {
			a.Spent[c] = time.Duration(float64(d) * float64(a.Total()) / float64(busy))
		}
		a.close()
		return
	}
	// The runtime runs on cores that lanes leave idle.
	if off := (rest - waited).Abs(); off > 0 {
		off = min(off, (rest + a.Spent[Runtime] - waited).Abs())
		a.Mismatch = off.Seconds() / a.Total().Seconds()
	}
	// Cores that were idle for longer than the lanes can tell: time that the
	// machine gave to others, or between two lanes.
	explained := min(rest, waited)
	for c, d := range idle {
		if waited > 0 {
			a.Spent[c] += time.Duration(float64(d) * float64(explained) / float64(waited))
		}
	}
	a.close()
}

// close puts what is missing to the total, also by rounding, under Unaccounted.
func (a *Account) close() {
	var sum time.Duration
	for _, d := range a.Spent {
		sum += d
	}
	a.Spent[Unaccounted] += a.Total() - sum
}
