package chunk

import "context"

// Heap is a [Memory] over the Go heap, without a limit: for tests, tools and
// the sampling of a file. Runs use an arena.
type Heap struct{}

// Lease allocates an extent of sizeBytes.
func (Heap) Lease(_ context.Context, sizeBytes int64) (Lease, error) {
	// Whole words keep the extent aligned; the first Align bytes that are
	// aligned are found by alignedTail.
	buf := make([]uint64, (AlignUp(sizeBytes)+Align)/8)
	return &heapLease{rest: alignedTail(Bytes(buf), AlignUp(sizeBytes))}, nil
}

// CapacityBytes has no limit on the heap.
func (Heap) CapacityBytes() int64 { return 1 << 62 }

type heapLease struct{ rest []byte }

func (l *heapLease) Alloc(sizeBytes int) []byte {
	whole := AlignUp(int64(sizeBytes))
	buf := l.rest[:sizeBytes:whole]
	l.rest = l.rest[whole:]
	return buf
}

func (l *heapLease) Trim()    { l.rest = nil }
func (l *heapLease) Retain()  {}
func (l *heapLease) Release() {}
