package pipeline

import (
	"fmt"
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
	workerBytes      int64 // heap of each worker process, 0: no limit
	heapBytes        int64 // heap of the coordinator, 0: no limit
	partialBytes     int64 // of groups in one lane, 0: no limit
	rowsWaitingBytes int64
}

const (
	// processBytes is what a process takes before it holds any data: the Go
	// runtime's structures, buffers of readers, stacks.
	processBytes = 16 << 20

	defaultArenaBytes = 1 << 30
	rowsWaiting       = 64 << 20
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

// planMemory sizes the arena, and chunks where the user has not.
func (p *plan) planMemory(o Options) error {
	b := &p.budget
	b.rowsWaitingBytes = rowsWaiting
	chunkBytes := int64(p.request.MaxRows) * rowBytes(p.spec.Columns)
	if o.MemoryLimitBytes == 0 {
		b.arenaBytes = min(defaultArenaBytes, max(totalMemory()/4, 256<<20))
		return nil
	}
	b.limitBytes = o.MemoryLimitBytes
	processes := int64(1)
	if p.mode.processes() {
		processes += int64(p.workers)
	}
	free := b.limitBytes - processes*processBytes
	if free < 16<<20 {
		return &LimitError{fmt.Errorf("a memory limit of %d MiB leaves nothing for data beside %d processes of some %d MiB: raise --memory-limit or use fewer --workers",
			b.limitBytes>>20, processes, processBytes>>20)}
	}
	// Shares of what is free: half for chunks in flight; the rest for heaps.
	b.arenaBytes = free / 2
	b.rowsWaitingBytes = min(rowsWaiting, free/8)
	lanes := int64(p.workers)
	b.partialBytes = free / 4 / (lanes + 1)
	inFlight := int64(2*p.readers + 2)
	copies := int64(0)
	if p.mode == Pipe {
		copies = codecFactor(o.Codec) * lanes
	}
	if o.ChunkRows == 0 {
		fits := min(b.arenaBytes/inFlight, free/4/max(copies, 1))
		for p.request.MaxRows > 1024 && chunkBytes > fits {
			p.request.MaxRows /= 2
			chunkBytes /= 2
		}
	}
	b.heapBytes = processBytes + free/4
	if p.mode.processes() {
		b.heapBytes = processBytes + free/8
		b.workerBytes = processBytes + free/4/lanes
	}
	return nil
}

// LimitError says that a run needs more memory or space than it may have.
type LimitError struct{ Err error }

func (e *LimitError) Error() string { return e.Err.Error() }
func (e *LimitError) Unwrap() error { return e.Err }
