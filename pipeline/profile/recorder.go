package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	runtimepprof "runtime/pprof"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// ErrInUse says that a CPU profile could not be started because this process
// takes one already. That one goes on unharmed.
var ErrInUse = errors.New("this process takes a CPU profile already, and it can take one at a time: end that one, or run without")

// StageLabel is the label of a sample's category.
const StageLabel = "stage"

// Recorder takes the profiles of the process it is in. Its methods belong to
// one goroutine.
type Recorder struct {
	options Options
	cpu     bytes.Buffer
	running bool
	caller  context.Context   // has the labels that the goroutine had before
	labels  []context.Context // by category
}

// Record starts the profiles of this process. ctx has the labels that the
// goroutine gets back in the end. StopCPU has to follow.
func Record(ctx context.Context, o Options) (*Recorder, error) {
	r := &Recorder{options: o, caller: ctx}
	if !o.CPU {
		return r, nil
	}
	r.labels = []context.Context{timing.Unaccounted: ctx}
	for _, c := range timing.Categories() {
		r.labels = append(r.labels, runtimepprof.WithLabels(ctx, runtimepprof.Labels(StageLabel, c.String())))
	}
	if err := runtimepprof.StartCPUProfile(&r.cpu); err != nil {
		return nil, fmt.Errorf("CPU profile: %w", ErrInUse) // it has no other
	}
	r.running = true
	return r, nil
}

// OnSwitch labels the goroutine that calls it with a category. It is nil if no
// CPU profile is taken, and may be called from any goroutine.
func (r *Recorder) OnSwitch() func(timing.Category) {
	if r.labels == nil {
		return nil
	}
	return func(c timing.Category) { runtimepprof.SetGoroutineLabels(r.labels[c]) }
}

// StopCPU ends the CPU profile and returns it compressed, or nil if none is
// running.
func (r *Recorder) StopCPU() []byte {
	if !r.running {
		return nil
	}
	r.running = false
	runtimepprof.StopCPUProfile()
	runtimepprof.SetGoroutineLabels(r.caller)
	return r.cpu.Bytes()
}

// Taken is a profile in pprof's compressed form.
type Taken struct {
	Kind       Kind
	Compressed []byte
}

// Take ends the profiles and returns those that were asked for.
func (r *Recorder) Take() (all []Taken, err error) {
	if cpu := r.StopCPU(); cpu != nil {
		all = append(all, Taken{CPU, cpu})
	}
	if r.options.Heap {
		heap, err := heapProfile()
		if err != nil {
			return nil, err
		}
		all = append(all, Taken{Heap, heap})
	}
	return all, nil
}

// heapProfile is the heap profile of this process, from its start. Collecting
// garbage first brings its figures up to date.
func heapProfile() ([]byte, error) {
	runtime.GC()
	var text bytes.Buffer
	if err := runtimepprof.Lookup("heap").WriteTo(&text, 0); err != nil {
		return nil, fmt.Errorf("heap profile: %w", err)
	}
	return text.Bytes(), nil
}
