// Package shm is the memory that chunks are decoded to, and the way another
// process reads it.
//
// An [Arena] is one mapping that is cut into extents, each held by a [Lease].
// It is private to the process, or shared: then it lies in a file without a
// name (a memfd), whose descriptor a worker inherits and maps read-only as a
// [Segment]. Because there is no name, nothing stays behind in any crash.
//
//	coordinator                                worker
//	Arena   [ lease | lease |  free   ]        Segment [ lease | lease |  free   ]
//	           ^ writes through its mapping               ^ Slice(offset, length)
//	           '-- Locate(buf) = offset --- message ------'
//
// Page faults, not bytes, are what shared memory costs. The arena therefore
// hands out memory that was used before in preference to memory that never
// was, and asks the system for pages only as the part in use grows.
package shm
