package shm

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// DefaultSizeBytes is the size of an arena whose options state none.
const DefaultSizeBytes = 256 << 20

// Options describe an arena.
type Options struct {
	// SizeBytes is the capacity, rounded up to whole pages.
	// Default: DefaultSizeBytes.
	SizeBytes int64

	// Private makes memory that no other process can map, for the modes whose
	// stages run in this process. Default: shared.
	Private bool

	// Name is what errors and /proc/PID/maps call the arena.
	// Default: "weir-arena".
	Name string
}

// Arena is a fixed amount of memory that is leased in extents. It implements
// [chunk.Memory] and is safe for concurrent use.
type Arena struct {
	name    string
	bytes   []byte
	backing backing

	// Pages below reserved are ours: to write there cannot fail. It only grows,
	// under growing.
	reserved atomic.Int64
	growing  sync.Mutex

	mu          sync.Mutex
	space       space
	waiting     waitQueue
	closed      bool
	outstanding int
	stats       Stats
}

var _ chunk.Memory = (*Arena)(nil)

// Stats is what an arena was used for so far.
type Stats struct {
	InUseBytes    int64         // leased now
	PeakBytes     int64         // most that was leased at one time, before trimming
	ReservedBytes int64         // pages asked of the system so far
	Leases        int64         // granted so far
	WaitedTotal   time.Duration // sum over all leases of the time the arena was too full
}

// NewArena maps an arena. It fails with a [*NoSpaceError] if the machine or
// the container does not have the memory to fill it.
//
// Note: reserving all of it here would cost 0.3 s a GiB before the first row is
// read, whatever the input's size. The arena checks that the memory is
// available, and reserves it in steps, each before a lease reaches into it. A
// reader gets an error all the same, never a SIGBUS.
func NewArena(o Options) (*Arena, error) {
	size, err := o.pages()
	if err != nil {
		return nil, err
	}
	name := o.Name
	if name == "" {
		name = "weir-arena"
	}
	if err := checkAvailable(size); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	a := &Arena{name: name, space: newSpace(size)}
	if o.Private {
		a.backing, err = newPrivate(size)
	} else {
		a.backing, err = newShared(name, size)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	a.bytes = a.backing.mapping()
	return a, nil
}

// maxSizeBytes keeps sums of offsets and sizes far from overflow.
const maxSizeBytes = 1 << 46

func (o Options) pages() (int64, error) {
	size := o.SizeBytes
	if size == 0 {
		size = DefaultSizeBytes
	}
	if size < 0 {
		return 0, fmt.Errorf("an arena of %d bytes makes no sense", size)
	}
	if size > maxSizeBytes {
		return 0, &NoSpaceError{NeedBytes: size, AvailableBytes: availableOrUnknown()}
	}
	page := int64(os.Getpagesize())
	return (size + page - 1) / page * page, nil
}

// CapacityBytes is the largest extent that can be leased.
func (a *Arena) CapacityBytes() int64 { return int64(len(a.bytes)) }

// Bytes is the whole mapping, valid until Close.
func (a *Arena) Bytes() []byte { return a.bytes }

// File is the descriptor that a worker inherits to map the arena as a
// [Segment]. It belongs to the arena and is nil if that is private.
func (a *Arena) File() *os.File { return a.backing.file() }

// Locate tells where in the arena buf lies. It is false for memory that is not
// in the arena, entirely.
func (a *Arena) Locate(buf []byte) (offset int64, ok bool) {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(a.bytes)))
	at := uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	if at < base || at-base > uintptr(len(a.bytes)) || uintptr(len(buf)) > uintptr(len(a.bytes))-(at-base) {
		return 0, false
	}
	return int64(at - base), true
}

// Stats is a snapshot.
func (a *Arena) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	s.ReservedBytes = a.reserved.Load()
	return s
}

// Outstanding counts the leases that are not released yet.
func (a *Arena) Outstanding() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outstanding
}

// Close unmaps the arena and ends whoever waits for a lease with [ErrClosed].
// It is an error if leases are outstanding: their buffers must not be touched
// any more. Closing twice is harmless.
func (a *Arena) Close() error {
	a.growing.Lock()
	defer a.growing.Unlock()
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	outstanding := a.outstanding
	for w := a.waiting.pop(); w != nil; w = a.waiting.pop() {
		w.err = ErrClosed
		close(w.done)
	}
	a.mu.Unlock()

	err := a.backing.close()
	if outstanding > 0 {
		err = errors.Join(fmt.Errorf("%d leases are not released", outstanding), err)
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", a.name, err)
	}
	return nil
}

// The part in use is reserved ahead in steps of a quarter of what is reserved
// already, within these bounds: a small input pays for little, and a large one
// asks rarely.
const (
	minStepBytes = 2 << 20
	maxStepBytes = 32 << 20
)

// reserve makes sure that the pages below end can be written to.
func (a *Arena) reserve(end int64) error {
	if end <= a.reserved.Load() {
		return nil
	}
	a.growing.Lock()
	defer a.growing.Unlock()
	from := a.reserved.Load()
	if end <= from {
		return nil
	}
	a.mu.Lock()
	closed := a.closed
	a.mu.Unlock()
	if closed {
		return ErrClosed
	}
	page := int64(os.Getpagesize())
	step := min(max(from/4, minStepBytes), maxStepBytes)
	to := min(max((end+page-1)/page*page, from+step), int64(len(a.bytes)))
	if err := checkAvailable(to - from); err != nil {
		return err
	}
	if err := a.backing.reserve(from, to-from); err != nil {
		return &NoSpaceError{NeedBytes: to - from, AvailableBytes: availableOrUnknown(), Err: err}
	}
	a.reserved.Store(to)
	return nil
}

// checkAvailable fails if the system clearly has no sizeBytes to give. Asking
// is not enough: Linux promises memory that it does not have, and then kills.
func checkAvailable(sizeBytes int64) error {
	if available, known := Available(); known && sizeBytes > available {
		return &NoSpaceError{NeedBytes: sizeBytes, AvailableBytes: available}
	}
	return nil
}

func availableOrUnknown() int64 {
	if available, known := Available(); known {
		return available
	}
	return -1
}
