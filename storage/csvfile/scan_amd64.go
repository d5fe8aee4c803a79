//go:build !purego

package csvfile

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

//go:noescape
func scanAVX2(text *byte, blocks int, comma byte, base uint32, out *uint32) (found, newlines int, quotes uint64)

// vectorScan appends the positions of separators and line feeds in whole blocks
// of 64 bytes of text[from:to] to out, as many blocks as surely have room there,
// and returns how many.
func vectorScan(text []byte, from, to int, comma byte, out []uint32) (blocks, found, newlines int, quotes bool) {
	blocks = min((to-from)/64, len(out)/64)
	if !hasAVX2 || blocks == 0 {
		return 0, 0, 0, false
	}
	found, newlines, q := scanAVX2((*byte)(unsafe.Pointer(&text[from])), blocks, comma, uint32(from), &out[0])
	return blocks, found, newlines, q != 0
}

//go:noescape
func masksAVX2(text *byte, blocks int, comma byte, out *blockMasks)

// vectorMasks looks at the blocks of text, unless there are no vectors.
func vectorMasks(text []byte, comma byte, out []blockMasks) bool {
	if hasAVX2 {
		masksAVX2(unsafe.SliceData(text), len(out), comma, &out[0])
	}
	return hasAVX2
}
