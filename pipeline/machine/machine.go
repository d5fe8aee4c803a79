// Package machine measures what the parts of handing work to processes cost on
// the machine it runs on: starting a process, handing a chunk over, copying and
// coding bytes, page faults, reading memory, waking a thread. A cost model
// predicts with these figures, and reports show them to say why processes paid
// off or did not.
//
// Everything is measured by the code that a run uses: workers are processes of
// this very program that speak the worker protocol, chunks go through the codecs
// and pipes of package codec and procs, memory comes from an arena. A figure that
// cannot be had here is absent, never guessed.
package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/weir-pipeline/weir/pipeline/procs"
)

// DefaultBudget is the time for all measurements whose options state none.
const DefaultBudget = 60 * time.Millisecond

// InputFaultFigure is what Costs.Missing calls the faults of mapping the input.
const InputFaultFigure = "input_fault"

// Options say what to measure with. The zero value works.
type Options struct {
	// Budget is the time for the whole call. Fewer samples are taken where it is
	// short, and a process that is not there in time is killed, its figure absent.
	// A sample within this process (at most a few ms) is not interrupted.
	// Default: DefaultBudget.
	Budget time.Duration

	// Program is what is started as a worker, with Args. Its main has to call
	// pipeline.ServeWorker first. Default: this program.
	Program string
	Args    []string

	// Workers is how many processes Spawn starts at once. Default: one for each
	// processor, but at least 2 and at most 8.
	Workers int

	// Input is a file of the run, for the faults of mapping it. It is only read,
	// and only where the page cache has it. Default: none; these faults are absent.
	Input *os.File
}

// Costs is what was measured. What could not be is nil or not listed, and
// Missing says why.
type Costs struct {
	Processors  int         `json:"processors"` // that this program may use at once
	TookSeconds float64     `json:"took_s"`     // of wall time, for measuring all of it
	Spawn       *Spawn      `json:"spawn,omitempty"`
	Handovers   []Handover  `json:"handovers,omitempty"`
	Copies      []Copy      `json:"copies,omitempty"`
	InputFault  *Fault      `json:"input_fault,omitempty"`
	Arena       *ArenaFault `json:"arena_fault,omitempty"`
	Scan        *Scan       `json:"scan,omitempty"`
	Switch      *Switch     `json:"switch,omitempty"`
	Missing     []Missing   `json:"missing,omitempty"`
}

// Missing is a figure that could not be had.
type Missing struct {
	Figure string `json:"figure"`
	Why    string `json:"why"`
}

// Measure measures everything within the budget. What fails is Missing; an error
// means that ctx ended, or that this process is itself a worker.
func Measure(ctx context.Context, o Options) (Costs, error) {
	if err := notWorker(); err != nil {
		return Costs{}, err
	}
	began := time.Now()
	caller := ctx
	ctx, cancel := o.limit(ctx)
	defer cancel()
	// A process that is not ready in time must not keep this process from measuring
	// what it can measure alone.
	hasty, cancelHasty := o.share(processPercent).limit(ctx)
	defer cancelHasty()

	c := Costs{Processors: runtime.GOMAXPROCS(0)}
	var crew *crew // what the start of several processes has left to hand chunks to
	defer func() { crew.close() }()
	for _, part := range []struct {
		name    string
		ctx     context.Context
		percent int // of the budget
		measure func(ctx context.Context, o Options) error
	}{
		{"switch", ctx, 2, func(ctx context.Context, o Options) (err error) {
			c.Switch, err = measureSwitch(ctx, o)
			return err
		}},
		{InputFaultFigure, ctx, 2, func(ctx context.Context, o Options) (err error) {
			c.InputFault, err = measureInputFault(ctx, o)
			return err
		}},
		{"spawn", hasty, 45, func(ctx context.Context, o Options) (err error) {
			c.Spawn, crew, err = measureSpawn(ctx, o)
			return err
		}},
		{"handovers", hasty, 8, func(ctx context.Context, o Options) (err error) {
			c.Handovers, err = measureHandovers(ctx, o, crew)
			return err
		}},
		{"arena_fault", ctx, 8, func(ctx context.Context, o Options) (err error) {
			crew.close() // nobody else is to be there
			crew = nil
			c.Arena, err = measureArenaFault(ctx, o)
			return err
		}},
		{"copies", ctx, 22, func(ctx context.Context, o Options) (err error) {
			c.Copies, err = measureCopies(ctx, o)
			return err
		}},
		{"scan", ctx, 10, func(ctx context.Context, o Options) (err error) {
			c.Scan, err = measureScan(ctx, o)
			return err
		}},
	} {
		err := part.measure(part.ctx, o.share(part.percent))
		if err := caller.Err(); err != nil {
			return Costs{}, fmt.Errorf("measuring the machine: %w", err)
		}
		if err != nil {
			c.Missing = append(c.Missing, Missing{part.name, err.Error()})
		}
	}
	c.TookSeconds = time.Since(began).Seconds()
	return c, nil
}

// processPercent is the part of the budget after which no process is waited for.
const processPercent = 75

// wrap says what was being measured.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("measuring %s: %w", what, err)
}

// errOverBudget is why a figure is absent that would have taken too long.
var errOverBudget = errors.New("there was no time left in the budget")

// notWorker keeps a program that does not serve from starting itself for ever.
func notWorker() error {
	if os.Getenv(procs.Env) != "" {
		return fmt.Errorf("measuring the machine: this process was started as a worker (%s is set), and must not start workers itself: main has to call pipeline.ServeWorker first", procs.Env)
	}
	return nil
}

func (o Options) budget() time.Duration {
	if o.Budget <= 0 {
		return DefaultBudget
	}
	return o.Budget
}

// limit is ctx with the budget's end.
func (o Options) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.budget(), errOverBudget)
}

// share is o with some percent of its budget.
func (o Options) share(percent int) Options {
	o.Budget = o.budget() * time.Duration(percent) / 100
	return o
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return min(max(runtime.GOMAXPROCS(0), 2), 8)
}
