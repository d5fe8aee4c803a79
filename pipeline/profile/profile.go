// Package profile takes the CPU and heap profiles of all processes of a run
// and merges them into one that `go tool pprof` reads, with labels that say
// whose each sample is:
//
//	process  coordinator, worker 1, ...
//	mode     of the run: sequential, threads, pipe, mmap
//	codec    mode pipe: how chunks were written
//	stage    CPU only: what the lane did (a category of package timing)
//
//	c := profile.New(profile.Options{CPU: true})
//	res, err := pipeline.Run(ctx, job, pipeline.Options{Profile: c})
//	...
//	err = c.Write(file, profile.CPU)
//
// The coordinator's profiles are of its whole process, what else the program
// does at the time included. A Collector may be shared by runs, which then have
// labels of their own through With.
package profile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	pprof "github.com/google/pprof/profile"
)

// Kind tells profiles apart.
type Kind string

// The kinds.
const (
	CPU  Kind = "cpu"  // where the processors were, 100 times a second
	Heap Kind = "heap" // what was allocated during the run, and what was in use at its end
)

// Options say which profiles are taken. The zero value takes none.
type Options struct {
	// CPU takes CPU profiles. A process has one at a time: where something else
	// takes one already, the run fails with an error that is ErrInUse.
	CPU bool

	// Heap takes heap profiles.
	Heap bool
}

// Kinds are those that the options ask for.
func (o Options) Kinds() (kinds []Kind) {
	if o.CPU {
		kinds = append(kinds, CPU)
	}
	if o.Heap {
		kinds = append(kinds, Heap)
	}
	return kinds
}

// Coordinator is the name of the process that is no worker.
const Coordinator = "coordinator"

// Collector gathers the profiles of all processes of one run, or of several
// that share it. A run that fails adds nothing. It is safe for concurrent use,
// but runs that take a CPU profile cannot go on at the same time.
type Collector struct {
	options Options
	labels  map[string]string
	taken   *taken
}

// taken is what collectors with different labels share.
type taken struct {
	mu   sync.Mutex
	kind map[Kind]map[string]*pprof.Profile // by process
}

// New returns a collector that has no profiles yet.
func New(o Options) *Collector {
	return &Collector{options: o, taken: &taken{kind: map[Kind]map[string]*pprof.Profile{}}}
}

// With is a collector that adds to c, with one more label on each sample. With
// of nil is nil, which takes no profiles.
func (c *Collector) With(key, value string) *Collector {
	if c == nil {
		return nil
	}
	labels := map[string]string{}
	maps.Copy(labels, c.labels)
	labels[key] = value
	return &Collector{options: c.options, labels: labels, taken: c.taken}
}

// Processes are the names of the processes whose profiles of kind k were taken:
// the coordinator, then workers by number.
func (c *Collector) Processes(k Kind) []string {
	c.taken.mu.Lock()
	defer c.taken.mu.Unlock()
	return c.taken.processes(k)
}

func (t *taken) processes(k Kind) []string {
	number := func(process string) int {
		n, _ := strconv.Atoi(process[strings.LastIndexByte(process, ' ')+1:])
		return n // of the coordinator: 0
	}
	return slices.SortedFunc(maps.Keys(t.kind[k]), func(a, b string) int { return number(a) - number(b) })
}

// Write writes the profiles of kind k of all processes, merged to one, in
// pprof's compressed form. It is an error if there are none.
func (c *Collector) Write(w io.Writer, k Kind) error {
	c.taken.mu.Lock()
	defer c.taken.mu.Unlock()
	var all []*pprof.Profile
	for _, process := range c.taken.processes(k) {
		all = append(all, c.taken.kind[k][process])
	}
	merged, err := pprof.Merge(all)
	if err != nil {
		return fmt.Errorf("%s profile: %w", k, err)
	}
	// The durations of processes that run side by side do not add up: the
	// coordinator's are those of the runs.
	merged.DurationNanos = all[0].DurationNanos
	return merged.Write(w)
}

// WriteProcess is Write for one process, one of Processes.
func (c *Collector) WriteProcess(w io.Writer, k Kind, process string) error {
	c.taken.mu.Lock()
	defer c.taken.mu.Unlock()
	p := c.taken.kind[k][process]
	if p == nil {
		return fmt.Errorf("there is no %s profile of %s", k, process)
	}
	return p.Write(w)
}

// add merges a profile that is the collector's from now on.
func (t *taken) add(k Kind, process string, p *pprof.Profile) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kind[k] == nil {
		t.kind[k] = map[string]*pprof.Profile{}
	}
	if earlier := t.kind[k][process]; earlier != nil {
		var err error
		if p, err = pprof.Merge([]*pprof.Profile{earlier, p}); err != nil {
			return fmt.Errorf("%s profile of %s: %w", k, process, err)
		}
	}
	t.kind[k][process] = p
	return nil
}
