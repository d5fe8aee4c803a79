package pipeline

import (
	"encoding/json"
	"runtime"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Report is the account of a run. Its JSON is what --report FILE.json holds.
type Report struct {
	Mode         Mode          `json:"mode"`
	Codec        string        `json:"codec,omitempty"` // pipe only
	Workers      int           `json:"workers"`
	ChunkRows    int           `json:"chunk_rows"`
	Input        string        `json:"input"`          // InputMapped, InputRead or InputDecoded
	ChunkRowsCut bool          `json:"chunk_rows_cut"` // the memory limit made chunks smaller
	Chunks       int64         `json:"chunks"`
	Passes       int           `json:"passes"` // over the dataset; rows, chunks, bytes and lanes are those of all of them
	Splits       int           `json:"splits"`
	PrunedSplits int           `json:"pruned_splits"` // left out by their statistics
	PrunedRows   int64         `json:"pruned_rows"`   // of these splits, and of pages of others
	Rows         int64         `json:"rows"`          // read; pruned rows are not
	Began        time.Time     `json:"began"`
	Wall         time.Duration `json:"-"`
	Digest       string        `json:"digest"`
	Bytes        Bytes         `json:"bytes"`
	Copies       []CopyCause   `json:"copies,omitempty"`
	PeakRSSBytes int64         `json:"peak_rss_bytes"` // sum of the peaks of all processes, mapped files included
	ArenaBytes   int64         `json:"arena_peak_bytes"`
	ArenaLimit   int64         `json:"arena_limit_bytes"` // of chunks in flight
	Readers      int           `json:"readers"`           // goroutines that decode
	Usage        Spending      `json:"usage"`
	Cores        int           `json:"cores"` // that the run could keep busy
	Lanes        []Lane        `json:"lanes"`
	Warnings     []string      `json:"warnings"`
	Reason       string        `json:"reason,omitempty"` // why auto chose the mode
	Trace        *timing.Trace `json:"-"`                // nil unless Options.Trace asked for it

	// Account is the split of the core-seconds. It is nil until Charge makes it.
	Account *account.Account `json:"account,omitempty"`
}

// Charge makes the account of a run that was recorded. Page faults are charged
// at the given costs.
func (r *Report) Charge(faults account.FaultCosts) {
	if r.Trace == nil {
		return
	}
	r.Account = account.Of(account.Run{
		Trace: r.Trace, Cores: r.Cores, CPU: r.Usage.CPU, GC: r.Usage.GC, Faults: faults,
		Mapped: len(r.Trace.Chunks) > 0 && !r.Trace.Chunks[0].Leased,
	})
}

// Spending is what the operating system counted for this process and its workers
// during the run. Runs at the same time in one process count for each other.
type Spending struct {
	CPU                 time.Duration
	GC                  time.Duration // of CPU: garbage collection, as the Go runtime estimates it
	MinorFaults         int64         // page faults that found the page in memory
	MajorFaults         int64         // page faults that waited for a device
	VoluntarySwitches   int64         // context switches of threads that had to wait
	InvoluntarySwitches int64         // context switches of threads that could have gone on
}

// MarshalJSON writes the durations as seconds.
func (u Spending) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		CPU                 float64 `json:"cpu_s"`
		GC                  float64 `json:"gc_s"`
		MinorFaults         int64   `json:"minor_faults"`
		MajorFaults         int64   `json:"major_faults"`
		VoluntarySwitches   int64   `json:"voluntary_switches"`
		InvoluntarySwitches int64   `json:"involuntary_switches"`
	}{u.CPU.Seconds(), u.GC.Seconds(), u.MinorFaults, u.MajorFaults, u.VoluntarySwitches, u.InvoluntarySwitches})
}

// usage is what self has grown by since before, and workers.
func usage(self, before, workers procs.Usage) Spending {
	return Spending{
		CPU:                 self.CPU - before.CPU + workers.CPU,
		MinorFaults:         self.MinorFaults - before.MinorFaults + workers.MinorFaults,
		MajorFaults:         self.MajorFaults - before.MajorFaults + workers.MajorFaults,
		VoluntarySwitches:   self.VoluntarySwitches - before.VoluntarySwitches + workers.VoluntarySwitches,
		InvoluntarySwitches: self.InvoluntarySwitches - before.InvoluntarySwitches + workers.InvoluntarySwitches,
	}
}

// cores is how many processors the run could keep busy: those that there are,
// or fewer if fewer of its lanes work.
func (r *run) cores() int {
	working := r.workers
	if r.mode.processes() {
		working += r.readers
	}
	return max(1, min(working, runtime.GOMAXPROCS(0)))
}

// Bytes counts what happened to the input's bytes.
type Bytes struct {
	Read   int64 `json:"read"`   // of the input files, or mapped in
	Shared int64 `json:"shared"` // of column buffers that workers read in place
	Copied int64 `json:"copied"` // of values moved after they were decoded

	Decoded    int64 `json:"decoded"`     // of column buffers that decoding, or reading a file that could be mapped, filled
	InPlace    int64 `json:"in_place"`    // of column buffers that lie in a mapped file
	HandedOver int64 `json:"handed_over"` // of chunks that workers got, shared or copied
	Returned   int64 `json:"returned"`    // of partials and rows that workers sent back
	Written    int64 `json:"written"`     // of the result, where its writer has counted them; Run does not
}

// StageBytes is what one stage of the data flow did with bytes.
type StageBytes struct {
	Stage  string `json:"stage"`  // read, decode, hand-over, return or write
	Bytes  int64  `json:"bytes"`  // that went through it
	Shared int64  `json:"shared"` // of them, used where they already lay
	Copied int64  `json:"copied"` // of them, moved though they were whole already
}

// Stages are the bytes by stage, in the order of the data flow.
func (b Bytes) Stages() []StageBytes {
	piped := b.HandedOver - b.Shared
	return []StageBytes{
		{Stage: "read", Bytes: b.Read},
		{Stage: "decode", Bytes: b.Decoded + b.InPlace, Shared: b.InPlace, Copied: b.Copied - piped},
		{Stage: "hand-over", Bytes: b.HandedOver, Shared: b.Shared, Copied: piped},
		{Stage: "return", Bytes: b.Returned, Copied: b.Returned},
		{Stage: "write", Bytes: b.Written},
	}
}

// MarshalJSON adds the stages.
func (b Bytes) MarshalJSON() ([]byte, error) {
	type plain Bytes
	return json.Marshal(struct {
		plain
		Stages []StageBytes `json:"stages"`
	}{plain(b), b.Stages()})
}

// CopyCause says which column's values were copied, and why.
type CopyCause struct {
	Column string `json:"column"`
	Cause  string `json:"cause"`
	Bytes  int64  `json:"bytes"`
}

// Lane is the account of one goroutine or process: its spans and what is
// unaccounted add up to its lifetime.
type Lane struct {
	Name        string
	Role        timing.Role
	Pid         int
	Lifetime    time.Duration
	Spans       map[timing.Category]time.Duration // all waiting under timing.Wait
	Waits       map[timing.Category]time.Duration // what of it was not for input
	Unaccounted time.Duration
	CPU         time.Duration // processor time while it was counted: not in feeders' and receivers' waits
}

// MarshalJSON writes the durations as seconds.
func (l Lane) MarshalJSON() ([]byte, error) {
	spans, waits := map[string]float64{}, map[string]float64{}
	for c, d := range l.Spans {
		spans[c.String()] = d.Seconds()
	}
	for c, d := range l.Waits {
		waits[strings.TrimPrefix(c.String(), "wait-")] = d.Seconds()
	}
	return json.Marshal(struct {
		Name        string             `json:"name"`
		Role        timing.Role        `json:"role"`
		Pid         int                `json:"pid"`
		Lifetime    float64            `json:"lifetime_s"`
		Spans       map[string]float64 `json:"spans"`
		Waits       map[string]float64 `json:"waits,omitempty"`
		Unaccounted float64            `json:"unaccounted_s"`
		CPU         float64            `json:"cpu_s"`
	}{l.Name, l.Role, l.Pid, l.Lifetime.Seconds(), spans, waits, l.Unaccounted.Seconds(), l.CPU.Seconds()})
}

// MarshalJSON writes the wall time as seconds.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	return json.Marshal(struct {
		plain
		Wall float64 `json:"wall_s"`
	}{plain(r), r.Wall.Seconds()})
}

// Spent is the time that all lanes together spent in a category.
func (r Report) Spent(c timing.Category) time.Duration {
	var sum time.Duration
	for _, l := range r.Lanes {
		if c == timing.Unaccounted {
			sum += l.Unaccounted
		} else {
			sum += l.Spans[c]
		}
	}
	return sum
}

func lanesOf(account *timing.Account) []Lane {
	var lanes []Lane
	for _, s := range account.Lanes() {
		l := Lane{
			Name: s.Name, Role: s.Role, Pid: s.Pid, Lifetime: s.Lifetime, Unaccounted: s.Spent[timing.Unaccounted], CPU: s.Usage.TotalCPU(),
			Spans: map[timing.Category]time.Duration{}, Waits: map[timing.Category]time.Duration{},
		}
		for _, c := range timing.Categories() {
			switch {
			case s.Spent[c] == 0:
			case c.Waits():
				l.Spans[timing.Wait] += s.Spent[c]
				if c != timing.Wait {
					l.Waits[c] = s.Spent[c]
				}
			default:
				l.Spans[c] = s.Spent[c]
			}
		}
		lanes = append(lanes, l)
	}
	return lanes
}
