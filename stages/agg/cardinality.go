package agg

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

func planApproxCountDistinct(args []block.Type, _ []float64) (Recipe, error) {
	r := Recipe{Type: block.Type{Kind: block.Int}}
	if args[0].Kind == block.Null {
		r.Finish = func(int64, []State, int) (result.Value, error) { return result.Int(0), nil }
		return r, nil
	}
	r.States = []Kept{{ID: "registers", New: func() State { return &cardinalities{} }}}
	r.Finish = func(n int64, s []State, g int) (result.Value, error) {
		estimate := s[0].(*cardinalities).groups[g].estimate()
		if estimate >= float64(n) { // there are no more than there are rows
			return result.Int(n), nil
		}
		return result.Int(int64(estimate)), nil
	}
	return r, nil
}

// Distinct values are estimated by HyperLogLog (Flajolet et al., 2007): the first indexBits of the
// 64-bit hash of a value choose a register, which keeps the most zeros that the
// rest of a hash began with, plus 1. Registers are greatest values, so neither the
// order of the rows nor how often a value is there matters.
const (
	indexBits    = 14
	registers    = 1 << indexBits // standard error 1.04/sqrt(registers), 0.81 %
	greatestRank = 64 - indexBits + 1
)

// cardinality is the registers of one group. Few are kept as a hash table with linear
// probing, which is not about what is counted but about memory: 16 kB for each
// of many small groups would be too much.
type cardinality struct {
	sparse []uint32 // {register + 1, rank} in 16 bits each; 0 is free; a power of two of them
	dense  []uint8  // all registers; nil while there are few
	used   int      // registers that are not 0
}

// maxSparse is the most registers that are kept sparsely: in 8 kB.
const maxSparse = 1536

// observe adds a hash.
func (s *cardinality) observe(hash uint64) { s.raise(registerOf(hash)) }

// registerOf is the register of a hash, and its rank there.
func registerOf(hash uint64) (register uint32, rank uint8) {
	return uint32(hash >> (64 - indexBits)), uint8(bits.LeadingZeros64(hash<<indexBits|1<<(indexBits-1)) + 1)
}

// observeAll adds hashes. Once there are many, hardly one raises a register.
func (s *cardinality) observeAll(hashes []uint64) {
	for len(hashes) > 0 && s.dense == nil {
		s.observe(hashes[0])
		hashes = hashes[1:]
	}
	if len(hashes) == 0 {
		return
	}
	dense := (*[registers]uint8)(s.dense)
	for _, hash := range hashes {
		if register, rank := registerOf(hash); rank > dense[register&(registers-1)] {
			s.raise(register, rank)
		}
	}
}

// raise makes a register at least rank.
func (s *cardinality) raise(register uint32, rank uint8) {
	if s.dense != nil {
		if have := &s.dense[register]; rank > *have {
			if *have == 0 {
				s.used++
			}
			*have = rank
		}
		return
	}
	s.raiseSparse(register, rank)
}

func (s *cardinality) raiseSparse(register uint32, rank uint8) {
	if 4*s.used >= 3*len(s.sparse) {
		s.grow()
		if s.dense != nil {
			s.raise(register, rank)
			return
		}
	}
	mask := uint32(len(s.sparse) - 1)
	entry := (register+1)<<16 | uint32(rank)
	for at := register; ; at++ {
		switch have := &s.sparse[at&mask]; {
		case *have == 0:
			*have = entry
			s.used++
			return
		case *have>>16 == register+1:
			*have = max(*have, entry)
			return
		}
	}
}

// grow makes room for a register more.
func (s *cardinality) grow() {
	old := s.sparse
	if s.used >= maxSparse {
		s.dense, s.sparse, s.used = make([]uint8, registers), nil, 0
	} else {
		s.sparse, s.used = make([]uint32, max(8, 2*len(old))), 0
	}
	for _, entry := range old {
		if entry != 0 {
			s.raise(entry>>16-1, uint8(entry))
		}
	}
}

// each calls f with the registers that are not 0.
func (s *cardinality) each(f func(register uint32, rank uint8)) {
	for r, rank := range s.dense {
		if rank > 0 {
			f(uint32(r), rank)
		}
	}
	for _, entry := range s.sparse {
		if entry != 0 {
			f(entry>>16-1, uint8(entry))
		}
	}
}

// estimate is how many distinct hashes there were, about, a whole number: the improved estimator
// of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017,
// arXiv:1702.01284, algorithm 6), which needs no tables and no switch between
// ranges. Its relative standard error is at most that of the registers.
//
// Products are rounded before they are added, so that machines which could fuse
// the two give the same bits.
func (s *cardinality) estimate() float64 {
	if s.used == 0 {
		return 0
	}
	var count [greatestRank + 1]float64 // of registers by rank
	count[0] = float64(registers - s.used)
	s.each(func(_ uint32, rank uint8) { count[rank]++ })
	const m = float64(registers)
	z := float64(m * tau(1-count[greatestRank]/m))
	for rank := greatestRank - 1; rank >= 1; rank-- {
		z = 0.5 * (z + count[rank])
	}
	z += float64(m * sigma(count[0]/m))
	return math.RoundToEven(m / (2 * math.Ln2) * m / z)
}

// sigma is x + Σ x^(2^k)·2^(k-1), which corrects for registers that are 0.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	for y, z := 1.0, x; ; y += y {
		x *= x
		next := z + float64(x*y)
		if next == z {
			return z
		}
		z = next
	}
}

// tau is (1 - x - Σ (1-x^(2^-k))²·2^-k) / 3, which corrects for registers at
// their greatest rank.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	for y, z := 1.0, 1-x; ; {
		x = math.Sqrt(x)
		y *= 0.5
		next := z - float64(float64((1-x)*(1-x))*y)
		if next == z {
			return z / 3
		}
		z = next
	}
}

// cardinalities is the registers of all groups.
type cardinalities struct {
	groups []cardinality
	hashes []uint64 // of one block

	dict  *chunk.Column // the dictionary that known belongs to
	known []uint64      // hashes of its texts; 0 unknown
}

// Resize makes room for groups.
func (s *cardinalities) Resize(groups int) { s.groups = grow(s.groups, groups) }

// Update adds rows.
func (s *cardinalities) Update(ids []uint32, args []*block.Vector, n int) error {
	s.hashes = slices.Grow(s.hashes[:0], n)[:n]
	s.hash(args[0])
	if ids == nil {
		s.groups[0].observeAll(s.hashes)
		return nil
	}
	for i, id := range ids[:n] {
		s.groups[id].observe(s.hashes[i])
	}
	return nil
}

// hash makes hashes those of the values of v.
func (s *cardinalities) hash(v *block.Vector) {
	switch v.Type.Kind {
	case block.String:
		s.hashTexts(&v.Str)
	case block.Float:
		for i := range s.hashes {
			s.hashes[i] = hash8(floatBits(v.Float[i]))
		}
	case block.Bool:
		for i := range s.hashes {
			s.hashes[i] = hash8(uint64(boolRank(v.Bool[i])))
		}
	case block.Uint:
		for i := range s.hashes {
			s.hashes[i] = hash8(v.Uint[i])
		}
	default:
		for i := range s.hashes {
			s.hashes[i] = hash8(uint64(v.Int[i]))
		}
	}
}

// floatBits is the bits of x with one zero and one NaN.
func floatBits(x float64) uint64 {
	if x != x {
		return nanBits
	}
	return math.Float64bits(x + 0) // -0 + 0 is +0
}

// hashTexts hashes a text of a dictionary once.
func (s *cardinalities) hashTexts(texts *block.Strings) {
	if texts.Source == nil || texts.Source.Dict == nil {
		for i := range s.hashes {
			s.hashes[i] = hashBytes(texts.At(i))
		}
		return
	}
	if dict := texts.Source.Dict; s.dict != dict || len(s.known) != dict.Len {
		s.dict = dict
		s.known = slices.Grow(s.known[:0], dict.Len)[:dict.Len]
		clear(s.known)
	}
	index := chunk.View[uint32](texts.Source.Values)
	for i := range s.hashes {
		at := index[texts.SourceRow(i)]
		if s.known[at] == 0 {
			s.known[at] = hashBytes(s.dict.Str(int(at)))
		}
		s.hashes[i] = s.known[at]
	}
}

// Merge adds the groups of from.
func (s *cardinalities) Merge(from State, ids []uint32) error {
	other, ok := from.(*cardinalities)
	if !ok {
		return errOtherState
	}
	for g := range other.groups {
		other.groups[g].each(s.groups[at2(ids, g)].raise)
	}
	return nil
}

// AppendBinary appends a group: a uvarint of how many registers are not 0; if
// that is at most maxSparse, for each of them a uvarint of the registers passed over
// since the last one and a byte of rank; else a byte for every register.
func (s *cardinalities) AppendBinary(dst []byte, group int) []byte {
	g := &s.groups[group]
	dst = binary.AppendUvarint(dst, uint64(g.used))
	if g.used > maxSparse {
		return append(dst, g.dense...)
	}
	entries := make([]uint32, 0, g.used)
	g.each(func(register uint32, rank uint8) { entries = append(entries, (register+1)<<16|uint32(rank)) })
	slices.Sort(entries)
	next := uint32(0)
	for _, entry := range entries {
		register := entry>>16 - 1
		dst = binary.AppendUvarint(dst, uint64(register-next))
		dst = append(dst, uint8(entry))
		next = register + 1
	}
	return dst
}

// Decode reads a group.
func (s *cardinalities) Decode(src []byte, group int) ([]byte, error) {
	used, src, ok := cutUvarint(src)
	if !ok || used > registers {
		return nil, errRegisters
	}
	g := &s.groups[group]
	if used > maxSparse {
		if len(src) < registers {
			return nil, errRegisters
		}
		for r, rank := range src[:registers] {
			if rank > greatestRank {
				return nil, errRegisters
			}
			if rank > 0 {
				g.raise(uint32(r), rank)
			}
		}
		if g.used != int(used) {
			return nil, errRegisters
		}
		return src[registers:], nil
	}
	next := uint64(0)
	for range used {
		var gap uint64
		if gap, src, ok = cutUvarint(src); !ok || gap >= registers || next+gap >= registers {
			return nil, errRegisters
		}
		if len(src) == 0 || src[0] == 0 || src[0] > greatestRank {
			return nil, errRegisters
		}
		g.raise(uint32(next+gap), src[0])
		next += gap + 1
		src = src[1:]
	}
	return src, nil
}

var errRegisters = errors.New("registers that cannot be")

// SizeBytes is the memory that the state holds.
func (s *cardinalities) SizeBytes() int64 {
	size := int64(cap(s.groups))*int64(unsafe.Sizeof(cardinality{})) + int64(cap(s.hashes)+cap(s.known))*8
	for i := range s.groups {
		size += int64(cap(s.groups[i].sparse))*4 + int64(cap(s.groups[i].dense))
	}
	return size
}
