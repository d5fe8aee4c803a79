package machine

import (
	"context"
	"os"
)

// Fault is what it costs to touch a page for the first time, beyond reading or
// writing it: one byte of every page is touched in order, twice, and the time of
// the first pass above that of the second is divided by the minor faults that the
// kernel counted for the thread in the first. The kernel may map the pages around
// the one touched too; then a fault is for several of them.
type Fault struct {
	SecondsPerFault Figure  `json:"s_per_fault"`
	SecondsPerByte  Figure  `json:"s_per_byte"` // of the pages touched
	PagesPerFault   float64 `json:"pages_per_fault"`
	PageBytes       int     `json:"page_bytes"`

	// Faults and Bytes are what all samples together counted and touched.
	Faults int64 `json:"faults"`
	Bytes  int64 `json:"bytes"`
}

// ArenaFault is what the memory of a shared arena costs before it is used again:
// it is set aside, touched by the process that fills it, and by the one that
// reads it.
type ArenaFault struct {
	// ReserveSecondsPerByte is for a lease of memory that no lease had before: the
	// system sets pages aside and clears them.
	ReserveSecondsPerByte Figure `json:"reserve_s_per_byte"`

	// Fill is the first write to each of these pages.
	Fill Fault `json:"fill"`

	// Read is the first read of each of these pages through another mapping, as a
	// worker has it, when they are filled.
	Read Fault `json:"read"`
}

const (
	windowBytes = 2 << 20 // of an input file, mapped and touched for one sample
	arenaBytes  = 2 << 20 // of an arena that is made for one sample
)

// MeasureInputFault maps parts of f, spread over it, privately and for reading,
// and touches them. Parts that are not in the page cache are left alone; if none
// is, there is no figure. f's position does not matter and does not change.
func MeasureInputFault(ctx context.Context, f *os.File, o Options) (*Fault, error) {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	o.Input = f
	fault, err := measureInputFault(ctx, o)
	return fault, wrap("the faults of mapping a file", err)
}

// MeasureArenaFault makes arenas and touches them.
func MeasureArenaFault(ctx context.Context, o Options) (*ArenaFault, error) {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	fault, err := measureArenaFault(ctx, o)
	return fault, wrap("the faults of an arena", err)
}
