//go:build !purego

package block

import "golang.org/x/sys/cpu"

var hasPositions = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT

// positionsAVX2 is positions for n rows, a multiple of 32 and not 0. nulls may
// be nil.
//
//go:noescape
func positionsAVX2(dst *int32, keep, nulls *byte, n int, base int32, table *[256]uint64) int

// positionsOfVectors is positions of as many rows as vectors take: how many those
// are, and how many of them are true.
func positionsOfVectors(dst []int32, keep, nulls []byte, base int32) (rows, kept int) {
	rows = len(keep) &^ 31
	if rows == 0 || !hasPositions {
		return 0, 0
	}
	_ = dst[rows+7]
	var null *byte
	if nulls != nil {
		null = &nulls[:rows][0]
	}
	return rows, positionsAVX2(&dst[0], &keep[0], null, rows, base, &compressed)
}
