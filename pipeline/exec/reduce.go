package exec

import (
	"context"
	"sync"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Reducer combines what chunks gave: partials in any order, rows in the order
// of the dataset. It is safe for concurrent use.
//
// Rows of later splits wait here for those of earlier ones. What waits is
// bounded: a reader asks Admit before it begins a split, and only the reader of
// the split that is written next is let through while too much waits. Its rows
// never wait, so that it always gets on.
type Reducer struct {
	final      *chain.Chain // merges partials
	emit       func(rows []byte) error
	limitBytes int64

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced when split or pendingBytes changes
	split     int           // being written
	index     int           // next chunk of it
	ends      map[int]int   // number of chunks of splits that are read
	pending   map[position][]byte
	pendBytes int64
	err       error // of emit, for good
}

type position struct{ split, index int }

// NewReducer returns a Reducer for a chain. emit takes encoded rows in order;
// it is not called concurrently. At most about limitBytes of rows wait.
func NewReducer(final *chain.Chain, emit func(rows []byte) error, limitBytes int64) *Reducer {
	return &Reducer{
		final: final, emit: emit, limitBytes: limitBytes, changed: make(chan struct{}),
		ends: map[int]int{}, pending: map[position][]byte{},
	}
}

// Partial merges the partial of a chain of this process, which is spent.
func (r *Reducer) Partial(ch *chain.Chain, lane *timing.Lane) error {
	r.lock(lane)
	defer r.mu.Unlock()
	return r.final.Merge(ch)
}

// PartialBytes merges an encoded partial. It is not trusted.
func (r *Reducer) PartialBytes(encoded []byte, lane *timing.Lane) error {
	r.lock(lane)
	defer r.mu.Unlock()
	return r.final.MergeBytes(encoded)
}

// lock takes r.mu, and puts the time that it is waited for on the caller's lane.
func (r *Reducer) lock(lane *timing.Lane) {
	if r.mu.TryLock() {
		return
	}
	previous := lane.Switch(timing.WaitTurn)
	r.mu.Lock()
	lane.Switch(previous)
}

// Admit blocks while the rows that wait are too many for split to be read.
func (r *Reducer) Admit(ctx context.Context, split int) error {
	for {
		r.mu.Lock()
		free := r.pendBytes <= r.limitBytes || split <= r.split
		changed := r.changed
		r.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// CheckRows tells whether encoded rows, which are not trusted, can be emitted.
func (r *Reducer) CheckRows(rows []byte) error { return chain.CheckRows(rows, r.final.Columns()) }

// Rows takes the encoded rows of one chunk, and keeps them.
func (r *Reducer) Rows(split, index int, rows []byte, lane *timing.Lane) error {
	r.lock(lane)
	defer r.mu.Unlock()
	r.pending[position{split, index}] = rows
	r.pendBytes += int64(len(rows))
	return r.advance(lane)
}

// EndSplit says that a split has been read and had this many chunks.
func (r *Reducer) EndSplit(split, chunks int, lane *timing.Lane) error {
	r.lock(lane)
	defer r.mu.Unlock()
	r.ends[split] = chunks
	return r.advance(lane)
}

// advance writes what is next as long as it is there. r.mu is held.
func (r *Reducer) advance(lane *timing.Lane) error {
	if r.err != nil {
		return r.err
	}
	moved := false
	defer func() {
		if moved {
			close(r.changed)
			r.changed = make(chan struct{})
		}
	}()
	for {
		at := position{r.split, r.index}
		if rows, ok := r.pending[at]; ok {
			delete(r.pending, at)
			r.pendBytes -= int64(len(rows))
			r.index++
			moved = true
			if len(rows) > 0 {
				split, index := lane.On(at.split, at.index) // which may be another lane's
				previous := lane.Switch(timing.Write)
				r.err = r.emit(rows)
				lane.On(split, index)
				lane.Switch(previous)
				if r.err != nil {
					return r.err
				}
			}
			continue
		}
		chunks, ended := r.ends[r.split]
		if !ended || r.index < chunks {
			return nil
		}
		delete(r.ends, r.split)
		r.split, r.index = r.split+1, 0
		moved = true
	}
}
