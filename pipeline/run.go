package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/weir-pipeline/weir/pipeline/exec"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/worker"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Result is what a run gives.
type Result struct {
	Table  *result.Table // nil when Options.Rows took the rows
	Report Report
}

// Run runs the job. It returns when the result is complete and no process,
// descriptor or memory of the run is left; it does so too when ctx ends or
// something fails, with an error that [Classify] sorts.
func Run(ctx context.Context, job Job, o Options) (_ *Result, err error) {
	began := time.Now()
	lane := timing.NewLane("coordinator", timing.Coordinator, timing.Start)
	if worker.Is() {
		return nil, errNotServed
	}
	if err := Validate(job, o); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	resetPeakRSS()
	r := &run{options: o, lane: lane, began: began, before: procs.Self(), gcBefore: timing.GarbageCollection()}
	if o.Trace {
		r.account.Limit = traceLimit
		lane.Record(traceLimit)
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if r.profile, err = o.Profile.Begin(ctx); err != nil {
		return nil, err
	}
	defer r.profile.Abort()
	lane.OnSwitch(r.profile.OnSwitch())
	if o.Mode.processes() {
		if err := r.hire(ctx); err != nil {
			return nil, err
		}
	}
	p, err := newPlan(ctx, job, o, lane)
	if err != nil {
		return nil, err
	}
	r.plan = p
	for _, w := range p.dataset.Warnings() {
		o.Logger.Warn(w)
	}
	o.Logger.Debug("planned", "mode", p.mode, "why", p.reason, "splits", len(p.splits), "chunk_rows", p.request.MaxRows, "workers", p.workers)

	res, err := r.do(ctx)
	if err != nil {
		return nil, p.explain(ctx, err)
	}
	// Unmapping a large file takes as long as mapping it, so it counts.
	lane.On(-1, 0)
	lane.Switch(timing.Start)
	if err := r.close(); err != nil {
		return nil, err
	}
	lane.End()
	r.account.Add(lane.Spans())
	res.Report = r.report()
	if err := r.profile.End(r.labels()); err != nil {
		return nil, err
	}
	return res, nil
}

// traceLimit is how many spans of a lane, and how many chunks, are recorded:
// 32 MiB of each.
const traceLimit = 1 << 20

// run is one execution of a plan.
type run struct {
	*plan
	options Options
	lane    *timing.Lane
	began   time.Time
	account timing.Account
	count   exec.Counters
	arena   *shm.Arena
	crew    *exec.Crew // pipe and mmap
	profile *profile.Run
	closed  bool
	digest  string

	passes     int          // over the dataset, begun so far
	totalBytes atomic.Int64 // of the input, in all of them

	before   procs.Usage // of this process, before the run
	gcBefore time.Duration
}

// hire starts the workers, which get ready while the job is planned.
func (r *run) hire(ctx context.Context) error {
	if err := procs.Supported(); err != nil {
		return &UsageError{err}
	}
	b, err := newBudget(r.options, r.options.Mode, r.options.Workers)
	if err != nil {
		return err
	}
	if r.arena, err = shm.NewArena(shm.Options{SizeBytes: b.arenaBytes, Private: r.options.Mode != Mmap}); err != nil {
		return err
	}
	r.startCrew(ctx)
	return nil
}

// startCrew starts the workers of the next pass. Those of the pass before are
// gone.
func (r *run) startCrew(ctx context.Context) {
	via := exec.Pipe()
	if r.options.Mode == Mmap {
		via = exec.Mmap()
	}
	r.crew = exec.Hire(ctx, via, r.options.Workers, r.passes, r.arena, r.options.Logger)
}

// close frees what the run holds, workers first. Closing twice is harmless.
func (r *run) close() (err error) {
	if r.closed {
		return nil
	}
	r.closed = true
	if r.crew != nil {
		r.crew.Close()
	}
	if r.plan != nil {
		err = r.plan.dataset.Close()
	}
	if r.arena != nil {
		err = errors.Join(err, r.arena.Close())
	}
	return err
}

func (r *run) do(ctx context.Context) (_ *Result, err error) {
	if limit := r.budget.heapBytes; limit > 0 {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	}
	if r.arena == nil {
		if r.arena, err = shm.NewArena(shm.Options{SizeBytes: r.budget.arenaBytes, Private: true}); err != nil {
			return nil, err
		}
	}
	r.spec.KeepBytes = r.budget.keepBytes
	final, err := r.merging(r.plan)
	if err != nil {
		return nil, err
	}
	sink, err := newSink(final, r.options.Rows)
	if err != nil {
		return nil, err
	}
	stop := r.watch()
	if err = r.pass(ctx, r.plan, final, sink.rows); err == nil {
		err = r.refine(ctx, final)
	}
	stop()
	if err != nil {
		return nil, err
	}
	r.lane.Switch(timing.Merge)
	table, digest, err := sink.finish()
	r.digest = digest
	if err == nil {
		err = r.profile.Snapshot()
	}
	return &Result{Table: table}, err
}

// labels tell this run's samples from those of others.
func (r *run) labels() map[string]string {
	labels := map[string]string{"mode": string(r.mode)}
	if r.mode == Pipe {
		labels["codec"] = r.options.Codec
	}
	return labels
}

func (r *run) execute(ctx context.Context, job *exec.Job) error {
	switch r.mode {
	case Sequential:
		return exec.Sequential(ctx, job, r.lane)
	case Threads:
		return exec.Threads(ctx, job, r.lane)
	case Pipe, Mmap:
		return exec.Processes(ctx, job, r.crew, r.lane)
	}
	panic("a mode that Validate let through: " + string(r.mode))
}

// watch tells Options.Progress how far the run is until stop is called.
func (r *run) watch() (stop func()) {
	if r.options.Progress == nil {
		return func() {}
	}
	tell := func() {
		r.options.Progress(Progress{
			Rows: r.count.Rows.Load(), Chunks: r.count.Chunks.Load(),
			BytesDone: r.count.BytesDone.Load(), BytesTotal: r.totalBytes.Load(),
		})
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tell()
			case <-quit:
				tell()
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// source is the plan's dataset as executors see it.
type source struct{ *plan }

func (s source) Splits() int { return len(s.splits) }

func (s source) split(i int) open.Split { return s.splits[i-s.firstSplit] }

func (s source) SizeBytes(i int) int64 { return s.split(i).SizeBytes }

func (s source) Open(i int, mem chunk.Memory, meter format.Meter) (format.Reader, error) {
	return s.dataset.Open(s.split(i), s.request, mem, meter)
}

func (s source) Mapped(i int) format.Mapped {
	if m, ok := s.dataset.File(s.split(i).File).(format.Mapped); ok && m.Mapping() != nil {
		return m
	}
	return nil
}

// report is the account of the run, once all lanes have ended.
func (r *run) report() Report {
	rep := Report{
		Mode: r.mode, Workers: r.workers, ChunkRows: r.request.MaxRows, ChunkRowsCut: r.chunksCut, Input: r.input(), Chunks: r.count.Chunks.Load(),
		Passes: r.passes, Splits: len(r.splits), PrunedSplits: r.pruned.splits, PrunedRows: r.pruned.rows, Rows: r.count.Rows.Load(), Digest: r.digest, Reason: r.reason,
		Began: r.began,
		Bytes: Bytes{
			Read: r.count.BytesRead.Load(), Shared: r.count.BytesShared.Load(), Copied: r.count.PipeBytes.Load(),
			Decoded: r.count.BytesDecoded.Load(), InPlace: r.count.BytesInPlace.Load(), Returned: r.count.ReturnedBytes.Load(),
		},
		ArenaBytes: r.arena.Stats().PeakBytes, ArenaLimit: r.arena.CapacityBytes(), Readers: r.readers, Lanes: lanesOf(&r.account), Warnings: slices.Concat(r.dataset.Warnings(), r.profile.Warnings()),
	}
	if r.mode == Pipe {
		rep.Codec = r.options.Codec
		rep.Copies = append(rep.Copies, CopyCause{Column: "*", Cause: "mode pipe writes every chunk to a pipe", Bytes: rep.Bytes.Copied})
	}
	rep.Bytes.HandedOver = rep.Bytes.Shared + rep.Bytes.Copied
	for _, c := range r.count.Copies() {
		rep.Bytes.Copied += c.SizeBytes
		rep.Copies = append(rep.Copies, CopyCause{Column: c.Column, Cause: c.Cause, Bytes: c.SizeBytes})
	}
	workers, gc := r.count.Workers()
	rep.PeakRSSBytes = peakRSS() + workers.PeakRSSBytes
	rep.Usage = usage(procs.Self(), r.before, workers)
	rep.Usage.GC = timing.GarbageCollection() - r.gcBefore + gc
	rep.Cores = r.cores()
	rep.Wall = time.Since(r.began)
	rep.Trace = r.account.Trace(r.began, rep.Wall)
	return rep
}

// explain gives an error that speaks of a split the name of its file.
func (p *plan) explain(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	var at *exec.SplitError
	if !errors.As(err, &at) {
		return err
	}
	var positioned *format.Error
	if errors.As(err, &positioned) {
		return positioned
	}
	s := p.splits[at.Split-p.firstSplit]
	name := p.dataset.Files()[s.File].Name
	if errors.Is(at.Err, os.ErrClosed) || errors.Is(at.Err, context.Canceled) {
		return err
	}
	return &DataError{File: name, Split: s.Split.Index + 1, Row: at.Row, Err: at.Err}
}

// DataError is an error that came up while a split of a file was computed.
type DataError struct {
	File  string
	Split int   // 1-based
	Row   int64 // 1-based row of the split; 0 if unknown
	Err   error
}

func (e *DataError) Error() string {
	if e.Row > 0 {
		return fmt.Sprintf("%s: split %d, row %d of it: %v", e.File, e.Split, e.Row, e.Err)
	}
	return fmt.Sprintf("%s: split %d: %v", e.File, e.Split, e.Err)
}

func (e *DataError) Unwrap() error { return e.Err }
