//go:build !purego

package parquetfile

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

// unpackTable is how a group of 8 values of some width is unpacked: each half
// of a vector shuffles 16 bytes so that every 32-bit lane has the bytes that its
// value lies in, and shifts it to the lane's end. That is enough for values of
// up to maxTableWidth bits, which lie in 4 bytes wherever they begin.
type unpackTable struct {
	shuffle [32]byte
	shift   [8]uint32
	mask    uint32
	width   uint32 // bytes of a group
	half    uint32 // where the bytes of the second half begin
}

const maxTableWidth = 25

var unpackTables = func() (tables [maxTableWidth + 1]unpackTable) {
	for width := 1; width <= maxTableWidth; width++ {
		t := &tables[width]
		t.mask, t.width, t.half = 1<<width-1, uint32(width), uint32(width/2)
		for i := range 8 {
			bit := i * width
			if i >= 4 {
				bit -= 8 * (width / 2)
			}
			t.shift[i] = uint32(bit & 7)
			for b := range 4 {
				t.shuffle[4*i+b] = byte(bit>>3 + b)
			}
		}
	}
	return tables
}()

// unpackAVX2 unpacks groups of 8 values and tells the largest. It reads 16 bytes
// from the second half of each group on.
//
//go:noescape
func unpackAVX2(dst *uint32, src *byte, groups int, t *unpackTable) uint32

// unpackGroups is unpack for whole groups of 8 values that begin at a byte, as
// far as whole vectors can be loaded. It returns how many values it read.
func unpackGroups(dst []uint32, src []byte, width int) (n int, largest uint32) {
	if !hasAVX2 || width > maxTableWidth {
		return unpackGroupsGo(dst, src, width)
	}
	t := &unpackTables[width]
	groups := len(dst) / 8
	if last := len(src) - 16 - int(t.half); last < 0 {
		groups = 0
	} else {
		groups = min(groups, last/width+1)
	}
	if groups == 0 {
		return 0, 0
	}
	return 8 * groups, unpackAVX2(&dst[0], &src[0], groups, t)
}

// gatherQuads sets groups*4 values of dst to those at indices of dict.
//
//go:noescape
func gatherQuads(dst *uint64, indices *uint32, groups int, dict *uint64)

// gather64 sets dst[i] to dict[indices[i]], for indices that are known to be
// in range.
func gather64(dst, dict []uint64, indices []uint32) {
	groups := len(dst) / 4
	if !hasAVX2 || groups == 0 || len(dict) == 0 {
		gatherGo(dst, dict, indices)
		return
	}
	gatherQuads(&dst[0], &indices[0], groups, &dict[0])
	gatherGo(dst[4*groups:], dict, indices[4*groups:])
}
