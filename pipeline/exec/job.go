// Package exec runs a job's chunks: in one goroutine, in several, or in worker
// processes that get the chunks through pipes or shared memory. Whatever the
// mode, the same readers decode the same splits and the same chain handles each
// chunk; a mode only decides where that happens and how a chunk gets there.
package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Source is the dataset as executors see it. Its splits are numbered from
// Job.FirstSplit, so that in each pass over it they have other numbers. It is
// safe for concurrent use.
type Source interface {
	// Splits is the number of splits, which are read in this order.
	Splits() int

	// Open starts reading split i.
	Open(i int, mem chunk.Memory, meter format.Meter) (format.Reader, error)

	// Mapped is the file that split i's chunks point into, or nil if they are
	// decoded into memory.
	Mapped(i int) format.Mapped

	// SizeBytes is how much of the input split i is.
	SizeBytes(i int) int64
}

// Job is all that an executor needs.
type Job struct {
	Source  Source
	Chain   chain.Spec
	Catalog stages.Catalog
	Memory  *shm.Arena
	Reduce  *Reducer
	Account *timing.Account
	Count   *Counters
	Logger  *slog.Logger

	Pass           int // over the input, from 0
	FirstSplit     int // number of the source's first split, which passes before have left
	Workers        int
	Readers        int    // process modes: goroutines that decode
	Codec          string // pipe
	WorkerLimit    int64  // bytes of heap for each worker, 0 for no limit
	PartialLimit   int64  // bytes of groups in each lane, 0 for no limit
	StrictZeroCopy bool
	Pin            bool          // each lane stays on a processor of its own
	Profile        *profile.Run  // nil: none is taken
	ReadyWithin    time.Duration // for a worker to answer the first message; default 30 s

	nextSplit atomic.Int64
}

// newLane starts a lane of the run, which [Job.endLane] ends.
func (j *Job) newLane(name string, role timing.Role) *timing.Lane {
	lane := timing.NewLane(name, role, timing.Start)
	lane.Record(j.Account.Limit)
	lane.OnSwitch(j.Profile.OnSwitch())
	return lane
}

func (j *Job) endLane(lane *timing.Lane) {
	lane.End()
	j.Account.Add(lane.Spans())
}

func (j *Job) readyWithin() time.Duration {
	if j.ReadyWithin == 0 {
		return 30 * time.Second
	}
	return j.ReadyWithin
}

// Counters are what a run counts while it goes on. They are safe for
// concurrent use.
type Counters struct {
	Rows, Chunks  atomic.Int64
	BytesDone     atomic.Int64 // of the input, by finished splits
	BytesRead     atomic.Int64 // of the input
	BytesShared   atomic.Int64 // of column buffers handed to a worker in place
	BytesDecoded  atomic.Int64 // of column buffers that decoding filled
	BytesInPlace  atomic.Int64 // of column buffers that lie in a mapped file
	PipeBytes     atomic.Int64 // of chunks written to pipes
	ReturnedBytes atomic.Int64 // of partials and rows that came back from workers

	mu      sync.Mutex
	causes  []Copy
	workers []procs.Usage
	gc      time.Duration // processor time of the workers' garbage collection
}

// worker counts a worker that has ended.
func (c *Counters) worker(u procs.Usage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.workers = append(c.workers, u)
}

// collected counts a worker's garbage collection.
func (c *Counters) collected(gc time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gc += gc
}

// Workers is what the workers used together, their peaks summed, and what of
// their processor time their garbage collection took.
func (c *Counters) Workers() (sum procs.Usage, gc time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range c.workers {
		sum.CPU += u.CPU
		sum.PeakRSSBytes += u.PeakRSSBytes
		sum.MinorFaults += u.MinorFaults
		sum.MajorFaults += u.MajorFaults
		sum.VoluntarySwitches += u.VoluntarySwitches
		sum.InvoluntarySwitches += u.InvoluntarySwitches
	}
	return sum, c.gc
}

// Copy is values that were moved after they had been decoded, and why.
type Copy struct {
	Column    string
	Cause     string
	SizeBytes int64
}

// Copied counts one cause of copying.
func (c *Counters) Copied(column string, sizeBytes int64, cause string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.causes {
		if c.causes[i].Column == column && c.causes[i].Cause == cause {
			c.causes[i].SizeBytes += sizeBytes
			return
		}
	}
	c.causes = append(c.causes, Copy{Column: column, Cause: cause, SizeBytes: sizeBytes})
}

// Copies are the causes counted so far.
func (c *Counters) Copies() []Copy {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Copy(nil), c.causes...)
}

// ZeroCopyError is what --strict-zero-copy makes of a copy.
type ZeroCopyError struct{ Copy Copy }

func (e *ZeroCopyError) Error() string {
	return fmt.Sprintf("zero copy was asked for, but column %s has to be copied: %s", e.Copy.Column, e.Copy.Cause)
}

// meter puts what a reader reports on its lane and into the counters.
type meter struct {
	job  *Job
	lane *timing.Lane
}

func (m meter) Switch(p format.Phase) {
	switch p {
	case format.Read:
		m.lane.Switch(timing.Read)
	case format.Wait:
		m.lane.Switch(timing.WaitMemory)
	default:
		m.lane.Switch(timing.Decode)
	}
}

func (m meter) Read(sizeBytes int64) { m.job.Count.BytesRead.Add(sizeBytes) }

func (m meter) Copied(column string, sizeBytes int64, cause string) {
	m.job.Count.Copied(column, sizeBytes, cause)
}

// read takes splits until there are none left and hands every chunk to take,
// which takes it over. The lane is in whatever category take leaves.
func (j *Job) read(ctx context.Context, lane *timing.Lane, take func(c *chunk.Chunk) error) error {
	for {
		n := int(j.nextSplit.Add(1) - 1)
		if n >= j.Source.Splits() {
			return nil
		}
		i := j.FirstSplit + n
		lane.On(-1, 0)
		lane.Switch(timing.WaitTurn)
		if err := j.Reduce.Admit(ctx, i); err != nil {
			return err
		}
		chunks, err := j.readSplit(ctx, i, lane, take)
		if err != nil {
			return err
		}
		if err := j.Reduce.EndSplit(i, chunks, lane); err != nil {
			return err
		}
		j.Count.BytesDone.Add(j.Source.SizeBytes(i))
	}
}

func (j *Job) readSplit(ctx context.Context, i int, lane *timing.Lane, take func(c *chunk.Chunk) error) (chunks int, err error) {
	lane.On(i, 0)
	lane.Switch(timing.Start)
	var r format.Reader
	err = guard(func() (err error) { r, err = j.Source.Open(i, j.Memory, meter{j, lane}); return err })
	if errors.Is(err, shm.ErrFault) {
		return 0, &SplitError{Split: i, Err: err}
	}
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for {
		if err := ctx.Err(); err != nil {
			return chunks, err
		}
		c := chunkPool.Get().(*chunk.Chunk)
		lane.On(i, chunks)
		lane.Switch(timing.Decode)
		err := guard(func() error { return r.Next(ctx, c) })
		if err == nil && j.StrictZeroCopy {
			if copies := j.Count.Copies(); len(copies) > 0 {
				err = &ZeroCopyError{copies[0]}
			}
		}
		if err != nil {
			j.free(c)
			if errors.Is(err, io.EOF) {
				return chunks, nil
			}
			return chunks, &SplitError{Split: i, Err: err}
		}
		c.Split, c.Index = i, chunks
		chunks++
		j.Count.Rows.Add(int64(c.Rows))
		j.Count.Chunks.Add(1)
		sizeBytes := c.SizeBytes()
		if c.Held() {
			j.Count.BytesDecoded.Add(sizeBytes)
		} else {
			j.Count.BytesInPlace.Add(sizeBytes)
		}
		j.Account.Chunk(timing.Chunk{Split: int32(i), Index: int32(c.Index), Rows: int32(c.Rows), SizeBytes: sizeBytes, Leased: c.Held()})
		if err := take(c); err != nil {
			return chunks, err
		}
	}
}

// SplitError is an error about a split, or about one of its rows. Who knows the
// file gives it its name.
type SplitError struct {
	Split int
	Row   int64 // 1-based row of the split; 0 if unknown
	Err   error
}

func (e *SplitError) Error() string { return e.Err.Error() }
func (e *SplitError) Unwrap() error { return e.Err }

// chunkPool keeps the headers of chunks; their buffers are the arena's.
var chunkPool = sync.Pool{New: func() any { return new(chunk.Chunk) }}

// free releases a chunk's memory and its header.
func (j *Job) free(c *chunk.Chunk) {
	c.Release()
	chunkPool.Put(c)
}
