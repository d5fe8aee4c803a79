package shm

import "os"

// backing is where an arena's pages come from.
type backing interface {
	// mapping is the pages, readable and writable.
	mapping() []byte

	// file is what another process maps, or nil.
	file() *os.File

	// reserve makes the system set pages aside, so that a write to them cannot
	// fault. Ranges are asked for once and in ascending order.
	reserve(offset, sizeBytes int64) error

	// close unmaps. It is called once.
	close() error
}
