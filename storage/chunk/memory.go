package chunk

import "context"

// Align is the alignment of every buffer in bytes, as the Arrow format asks.
const Align = 64

// AlignUp rounds sizeBytes up to a multiple of [Align].
func AlignUp(sizeBytes int64) int64 { return (sizeBytes + Align - 1) &^ (Align - 1) }

// Memory is where chunks are decoded to. It is safe for concurrent use.
type Memory interface {
	// Lease reserves one extent of sizeBytes. While the memory is too full it
	// blocks until others release theirs or ctx ends. An extent that can never
	// fit is an error at once. To stay free of deadlock a caller holds at most
	// the lease it is filling while it asks for another, and asks for all of a
	// chunk at once: an upper bound, of which Trim returns the rest.
	Lease(ctx context.Context, sizeBytes int64) (Lease, error)

	// CapacityBytes is the largest extent that can be leased.
	CapacityBytes() int64
}

// Lease is the right to use one extent of memory. Alloc and Trim belong to the
// goroutine that fills it; Retain and Release may be called from any.
type Lease interface {
	// Alloc cuts the next sizeBytes off the extent, aligned to Align, contents
	// undefined. The bytes up to the next multiple of Align belong to the buffer
	// as padding. It panics when the extent is exhausted: the caller reserved
	// too little.
	Alloc(sizeBytes int) []byte

	// Trim gives back what has not been allocated.
	Trim()

	// Retain adds a reference.
	Retain()

	// Release drops a reference; the last one frees the extent. A release too
	// many panics.
	Release()
}
