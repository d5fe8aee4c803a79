package pipeline

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/shm"
)

// budget divides the memory of a run.
//
//	limit = processes (runtime, program)
//	      + arena (chunks in flight)
//	      + workers' copies of chunks (pipe)
//	      + partials, rows that wait for their turn
type budget struct {
	limitBytes       int64 // 0: none
	arenaBytes       int64
	copiesBytes      int64 // chunks that workers hold copies of
	workerBytes      int64 // heap of each worker process, 0: no limit
	heapBytes        int64 // heap of the coordinator, 0: no limit
	partialBytes     int64 // of groups in one lane, 0: no limit
	keepBytes        int64 // of values in order in one lane, which are shed beyond
	mergedBytes      int64 // of those of all lanes
	rowsWaitingBytes int64
}

const (
	// processBytes is what a process takes before it holds any data: the Go
	// runtime's structures, buffers of readers, stacks.
	processBytes = 16 << 20

	defaultArenaBytes = 1 << 30   // at most, without a limit
	unknownArenaBytes = 256 << 20 // where the system does not say what is available
	leastArenaBytes   = 16 << 20
	rowsWaiting       = 64 << 20

	// defaultKeptBytes holds 24 million values, so that a whole run stays below
	// 300 MiB with them.
	defaultKeptBytes = 192 << 20
)

// codecFactor is how many times a chunk's size a worker and a feeder hold of it
// together while it is handed over: its payload, and what it is decoded to.
func codecFactor(codec string) int64 {
	switch codec {
	case "raw":
		return 1
	case "arrow":
		return 3
	case "gob":
		return 8
	}
	return 24 // text, and the garbage of taking it apart
}

// newBudget divides the memory for a mode and a number of workers.
func newBudget(o Options, mode Mode, workers int) (budget, error) {
	b := budget{rowsWaitingBytes: rowsWaiting}
	lanes := int64(workers)
	if o.MemoryLimitBytes == 0 {
		b.keep(mode, defaultKeptBytes, lanes)
		b.arenaBytes = unknownArenaBytes
		if available, known := shm.Available(); known {
			b.arenaBytes = min(defaultArenaBytes, max(available/4, leastArenaBytes))
		}
		return b, nil
	}
	b.limitBytes = o.MemoryLimitBytes
	processes := int64(1)
	if mode.processes() {
		processes += int64(workers)
	}
	free := b.limitBytes - processes*processBytes
	if free < 16<<20 {
		return b, &LimitError{fmt.Errorf("a memory limit of %d MiB leaves nothing for data beside %d processes of some %d MiB: raise --memory-limit or use fewer --workers",
			b.limitBytes>>20, processes, processBytes>>20)}
	}
	// Shares of what is free: half for chunks in flight; the rest for heaps.
	b.arenaBytes = free / 2
	b.copiesBytes = free / 4
	b.rowsWaitingBytes = min(rowsWaiting, free/8)
	b.partialBytes = free / 4 / (lanes + 1)
	b.keep(mode, min(defaultKeptBytes, free/5), lanes)
	b.heapBytes = processBytes + free/4
	if mode.processes() {
		b.heapBytes = processBytes + free/8
		b.workerBytes = processBytes + free/4/lanes
	}
	return b, nil
}

// keep divides what values in order may take in all. Lanes of one process hand
// theirs over without a copy; what a worker sends is there several times for a
// moment: kept, sorted, encoded, and decoded.
func (b *budget) keep(mode Mode, sizeBytes, lanes int64) {
	if mode.processes() {
		sizeBytes /= 4
	}
	b.keepBytes, b.mergedBytes = sizeBytes/lanes, sizeBytes
	if b.partialBytes > 0 {
		b.keepBytes = min(b.keepBytes, b.partialBytes/2)
	}
}

// fitChunks makes the chunks smaller that the user has left to weir, if all that
// are in flight would not fit.
func (p *plan) fitChunks(o Options) {
	if p.budget.limitBytes == 0 || o.ChunkRows != 0 {
		return
	}
	copies := int64(0)
	if p.mode == Pipe {
		copies = codecFactor(o.Codec) * int64(p.workers)
	}
	fits := min(p.budget.arenaBytes/int64(2*p.readers+2), p.budget.copiesBytes/max(copies, 1))
	chunkBytes := int64(p.request.MaxRows) * rowBytes(p.spec.Columns)
	for p.request.MaxRows > 1024 && chunkBytes > fits {
		p.request.MaxRows /= 2
		p.chunksCut = true
		chunkBytes /= 2
	}
}

// LimitError says that a run needs more memory or space than it may have.
type LimitError struct{ Err error }

func (e *LimitError) Error() string { return e.Err.Error() }
func (e *LimitError) Unwrap() error { return e.Err }
