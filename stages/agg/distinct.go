package agg

import (
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/group"
	"github.com/weir-pipeline/weir/stages/result"
)

func planCountDistinct(args []block.Type, _ []float64) (Recipe, error) {
	t := args[0]
	r := Recipe{Type: block.Type{Kind: block.Int}, Lighter: "approx_count_distinct"}
	if t.Kind == block.Null {
		r.Finish = func(int64, []State, int) (result.Value, error) { return result.Int(0), nil }
		return r, nil
	}
	r.States = []Kept{{ID: "distinct", New: func() State { return newDistinct(t) }}}
	r.Finish = func(_ int64, s []State, g int) (result.Value, error) {
		return result.Int(s[0].(*distinct).counts[g]), nil
	}
	return r, nil
}

// distinct is the distinct values of all groups. The values of all groups are
// numbered once, and pairs says which group has which:
//
//	values   "a" 0, "b" 1, "c" 2          a table of package group, so -0 is 0 and NaN is NaN
//	pairs    {0, 0} {0, 2} {1, 2} ...     group and number of a value
//	counts   2, 1, ...                    of the pairs of each group
//
// While there is but the group 0 it has all values, and there are no pairs.
type distinct struct {
	types  []block.Type
	values *group.Table
	pairs  pairSet
	counts []int64
	many   bool // a group other than 0 has a value: pairs are kept

	numbers []uint32 // of the values of one block
	sorted  []uint64 // pairs of a group and a rank, ascending; nil if out of date
	order   []uint32 // the numbers of values by rank
	vector  block.Vector
	vectors []*block.Vector // just vector
}

func newDistinct(t block.Type) *distinct {
	types := []block.Type{t}
	d := &distinct{types: types, values: group.New(types)}
	d.vectors = []*block.Vector{&d.vector}
	return d
}

// Resize makes room for groups.
func (d *distinct) Resize(groups int) { d.counts = grow(d.counts, groups) }

// Update adds rows.
func (d *distinct) Update(ids []uint32, args []*block.Vector, n int) error {
	d.numbers = slices.Grow(d.numbers[:0], n)[:n]
	d.vector = *args[0]
	d.vector.Null = nil // there are none among the n rows
	if err := d.values.Assign(d.vectors, n, d.numbers); err != nil {
		return fmt.Errorf("counting distinct values: %w", err)
	}
	d.sorted = nil
	if ids == nil && !d.many {
		d.counts[0] = int64(d.values.Len())
		return nil
	}
	d.several()
	for i, id := range ids[:n] {
		d.add(id, d.numbers[i])
	}
	return nil
}

// several makes pairs of what group 0 has.
func (d *distinct) several() {
	if d.many {
		return
	}
	d.many = true
	if len(d.counts) > 0 {
		for number := range uint32(d.counts[0]) {
			d.pairs.add(uint64(number))
		}
	}
}

// add adds a value to a group.
func (d *distinct) add(group, number uint32) {
	if d.pairs.add(uint64(group)<<32 | uint64(number)) {
		d.counts[group]++
	}
}

// Merge adds the groups of from.
func (d *distinct) Merge(from State, ids []uint32) error {
	other, ok := from.(*distinct)
	if !ok {
		return errOtherState
	}
	numbers, err := d.values.MergeMap(other.values)
	if err != nil {
		return fmt.Errorf("counting distinct values: %w", err)
	}
	d.sorted = nil
	if ids == nil && !d.many && !other.many {
		d.counts[0] = int64(d.values.Len())
		return nil
	}
	d.several()
	other.each(func(group, number uint32) { d.add(at2(ids, int(group)), numbers[number]) })
	return nil
}

// each calls f with every pair.
func (d *distinct) each(f func(group, number uint32)) {
	if !d.many {
		for number := range uint32(d.values.Len()) {
			f(0, number)
		}
		return
	}
	for _, pair := range d.pairs.slots {
		if pair != free {
			f(uint32(pair>>32), uint32(pair))
		}
	}
}

// sort brings sorted and order up to date.
func (d *distinct) sort() {
	if d.sorted != nil {
		return
	}
	d.order = d.values.Order()
	rank := make([]uint32, len(d.order))
	for r, number := range d.order {
		rank[number] = uint32(r)
	}
	d.sorted = make([]uint64, 0, d.pairs.len+1)
	if !d.many {
		for r := range d.order {
			d.sorted = append(d.sorted, uint64(r))
		}
		return
	}
	d.each(func(group, number uint32) { d.sorted = append(d.sorted, uint64(group)<<32|uint64(rank[number])) })
	slices.Sort(d.sorted)
}

// AppendBinary appends the values of a group in order, as group.Table does.
func (d *distinct) AppendBinary(dst []byte, group int) []byte {
	d.sort()
	from, _ := slices.BinarySearch(d.sorted, uint64(group)<<32)
	to := from + int(d.counts[group])
	numbers := make([]uint32, 0, to-from)
	for _, pair := range d.sorted[from:to] {
		numbers = append(numbers, d.order[uint32(pair)])
	}
	return d.values.AppendBinary(dst, numbers)
}

// Decode reads a group.
func (d *distinct) Decode(src []byte, id int) ([]byte, error) {
	if len(src) >= 2 && src[0] == 0 && src[1] == 0 { // no values, as of most groups that have only nulls
		return src[2:], nil
	}
	table, rest, err := group.Decode(d.types, src)
	if err != nil {
		return nil, err
	}
	n := table.Len()
	if n == 0 || table.Key(n-1, 0).IsNull() { // in key order null is last
		return nil, errors.New("distinct values with a null")
	}
	d.sorted = nil
	if id == 0 && !d.many && d.values.Len() == 0 {
		d.values = table
		d.counts[0] = int64(n)
		return rest, nil
	}
	numbers, err := d.values.MergeMap(table)
	if err != nil {
		return nil, err
	}
	d.several()
	for _, number := range numbers {
		d.add(uint32(id), number)
	}
	return rest, nil
}

// SizeBytes is the memory that the state holds.
func (d *distinct) SizeBytes() int64 {
	return d.values.SizeBytes() + int64(cap(d.pairs.slots)+cap(d.sorted)+cap(d.counts))*8 + int64(cap(d.numbers)+cap(d.order))*4
}

// pairSet is a set of 64-bit numbers, a hash table with linear probing.
type pairSet struct {
	slots []uint64 // a power of two of them, at most 5/8 in use; free where none is
	len   int
	shift uint   // 64 minus the bits of len(slots)
	seed  uint64 // chosen at random, so that no file can be made to collide
}

// free is no pair: no value has this number.
const free = 1<<64 - 1

// add adds x and tells whether it is new.
func (s *pairSet) add(x uint64) bool {
	if 8*(s.len+1) > 5*len(s.slots) {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	for at := s.hash(x); ; at++ {
		switch slot := &s.slots[at&mask]; *slot {
		case x:
			return false
		case free:
			*slot = x
			s.len++
			return true
		}
	}
}

// hash is the folded multiplication of wyhash (Wang Yi, public domain).
func (s *pairSet) hash(x uint64) uint64 {
	high, low := bits.Mul64(x^s.seed, 0x9e3779b97f4a7c15^(s.seed<<1|1))
	return (high ^ low) >> (s.shift & 63)
}

func (s *pairSet) grow() {
	old := s.slots
	if old == nil {
		s.seed = rand.Uint64()
	}
	s.slots = make([]uint64, max(64, 2*len(old)))
	for i := range s.slots {
		s.slots[i] = free
	}
	s.shift = uint(64 - bits.TrailingZeros(uint(len(s.slots))))
	s.len = 0
	for _, x := range old {
		if x != free {
			s.add(x)
		}
	}
}
