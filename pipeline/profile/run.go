package profile

import (
	"context"
	"fmt"
	"sync"

	pprof "github.com/google/pprof/profile"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Run is the profiles of one run while it goes on. A nil *Run takes none.
type Run struct {
	into *Collector
	self *Recorder
	base *pprof.Profile // the coordinator's heap as the run found it

	mu       sync.Mutex
	parts    []part
	heap     []byte // the coordinator's, from Snapshot
	warnings []string
}

type part struct {
	kind    Kind
	process string
	profile *pprof.Profile
}

// Begin starts the profiles of the coordinator. ctx is that of the caller, whose
// labels its samples keep. Begin of a nil collector is nil. End or Abort has to
// follow, in the same goroutine.
func (c *Collector) Begin(ctx context.Context) (*Run, error) {
	if c == nil || c.options == (Options{}) {
		return nil, nil
	}
	r := &Run{into: c}
	if c.options.Heap { // before the CPU profile, which is not to show it
		text, err := heapProfile()
		if err != nil {
			return nil, err
		}
		if r.base, err = pprof.ParseData(text); err != nil {
			return nil, fmt.Errorf("heap profile: %w", err)
		}
	}
	self, err := Record(ctx, c.options)
	if err != nil {
		return nil, err
	}
	r.self = self
	return r, nil
}

// Options are the profiles that workers are asked for.
func (r *Run) Options() Options {
	if r == nil {
		return Options{}
	}
	return r.into.options
}

// OnSwitch is what lanes of the coordinator tell their category to, for
// timing.Lane.OnSwitch; nil if no CPU profile is taken.
func (r *Run) OnSwitch() func(timing.Category) {
	if r == nil {
		return nil
	}
	return r.self.OnSwitch()
}

// Add takes a worker's profile: pprof's compressed form, not trusted. It may be
// called from any goroutine.
func (r *Run) Add(k Kind, process string, compressed []byte) error {
	p, err := parse(k, compressed)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts = append(r.parts, part{k, process, p})
	return nil
}

// Lacks notes that a worker has ended without its profile of kind k. It may be
// called from any goroutine.
func (r *Run) Lacks(k Kind, process string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warnings = append(r.warnings, fmt.Sprintf("%s sent no %s profile: the merged one lacks it", process, k))
}

// Snapshot takes the coordinator's heap profile: while the run still holds what
// it made.
func (r *Run) Snapshot() (err error) {
	if r == nil || !r.into.options.Heap {
		return nil
	}
	r.heap, err = heapProfile()
	return err
}

// Warnings are what a report of the run has to say.
func (r *Run) Warnings() []string {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{"a profile was taken: do not compare these times with those of a run without one"}, r.warnings...)
}

// End completes the profiles of a run that has succeeded, after Snapshot, and
// adds them to the collector with labels beside its own.
func (r *Run) End(labels map[string]string) error {
	if r == nil {
		return nil
	}
	for _, own := range []Taken{{CPU, r.self.StopCPU()}, {Heap, r.heap}} {
		if own.Compressed == nil {
			continue
		}
		p, err := pprof.ParseData(own.Compressed)
		if err == nil && own.Kind == Heap {
			p, err = since(r.base, p)
		}
		if err != nil {
			return fmt.Errorf("%s profile of the coordinator: %w", own.Kind, err)
		}
		r.parts = append(r.parts, part{own.Kind, Coordinator, p})
	}
	for _, p := range r.parts {
		for key, value := range r.into.labels {
			p.profile.SetLabel(key, []string{value})
		}
		for key, value := range labels {
			p.profile.SetLabel(key, []string{value})
		}
		p.profile.SetLabel("process", []string{p.process})
		if err := r.into.taken.add(p.kind, p.process, p.profile); err != nil {
			return err
		}
	}
	return nil
}

// Abort ends the profiles of a run that has failed. After End it does nothing.
func (r *Run) Abort() {
	if r != nil {
		r.self.StopCPU()
	}
}
