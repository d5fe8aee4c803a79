// Package chunk holds the unit of work that every other package passes on: a
// run of rows as columns over Arrow-layout buffers.
//
// A [Chunk] owns no memory of its own. Its buffers lie in a [Lease] (an extent
// of an arena, shared or private) or in a mapped input file, and stay valid
// until [Chunk.Release]. Kernels read the buffers as plain Go slices; nothing
// in a loop is reference counted or behind an interface.
package chunk
