package agg

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
)

func planEnd(last bool) func([]block.Type, []float64) (Recipe, error) {
	id := "first"
	if last {
		id = "last"
	}
	return func(args []block.Type, _ []float64) (Recipe, error) {
		t := args[0]
		if t.Kind == block.Null {
			return alwaysNull(), nil
		}
		return Recipe{
			Type:   t,
			States: []Kept{{ID: id, New: func() State { return &ends{kind: t, last: last} }}},
			Finish: func(n int64, s []State, g int) (result.Value, error) {
				if n == 0 {
					return result.Null(), nil
				}
				return s[0].(*ends).value(g), nil
			},
		}, nil
	}
}

// ends is the first or the last value of all groups, by place in the dataset.
type ends struct {
	kind   block.Type
	last   bool
	groups []end
	texts  [][]byte // of strings, by group; each has its own memory, which is used again
	held   int64    // bytes of all texts
	place  Place    // of the next Update
}

// end is the value of one group: its bits as result.Value has them, with one
// NaN for all; has tells whether there is one.
type end struct {
	spot spot
	bits uint64
	has  bool
}

// Resize makes room for groups.
func (e *ends) Resize(groups int) {
	e.groups = grow(e.groups, groups)
	if e.kind.Kind == block.String {
		e.texts = grow(e.texts, groups)
	}
}

// Place says where the rows of the next Update are.
func (e *ends) Place(at Place) { e.place = at }

// Update adds rows, the last first for a last: of a block then only one row of
// each group is taken.
func (e *ends) Update(ids []uint32, args []*block.Vector, n int) error {
	if n == 0 {
		return nil
	}
	v := args[0]
	switch {
	case ids == nil && e.last:
		e.offer(0, v, n-1)
	case ids == nil:
		e.offer(0, v, 0)
	case e.last:
		for i := n - 1; i >= 0; i-- {
			e.offer(ids[i], v, i)
		}
	default:
		for i, id := range ids[:n] {
			e.offer(id, v, i)
		}
	}
	return nil
}

// offer takes row i of v for a group if it is further out than what is there.
func (e *ends) offer(group uint32, v *block.Vector, i int) {
	to, spot := &e.groups[group], e.place.at(i)
	if !e.beats(spot, to) {
		return
	}
	to.spot, to.has = spot, true
	switch v.Type.Kind {
	case block.String:
		e.set(group, v.Str.At(i))
	case block.Bool:
		to.bits = uint64(boolRank(v.Bool[i]))
	case block.Uint:
		to.bits = v.Uint[i]
	case block.Float:
		to.bits = math.Float64bits(v.Float[i])
		if v.Float[i] != v.Float[i] {
			to.bits = nanBits
		}
	default:
		to.bits = uint64(v.Int[i])
	}
}

// nanBits is the NaN that all are kept as.
const nanBits = 0x7ff8000000000000

func (e *ends) beats(spot spot, than *end) bool {
	return !than.has || e.last && than.spot.before(spot) || !e.last && spot.before(than.spot)
}

func (e *ends) set(group uint32, text []byte) {
	before := cap(e.texts[group])
	e.texts[group] = append(e.texts[group][:0], text...)
	e.held += int64(cap(e.texts[group]) - before)
}

// Merge adds the groups of from.
func (e *ends) Merge(from State, ids []uint32) error {
	other, ok := from.(*ends)
	if !ok || other.last != e.last || other.kind.Kind != e.kind.Kind {
		return errOtherState
	}
	for g := range other.groups {
		theirs, at := &other.groups[g], at2(ids, g)
		if !theirs.has || !e.beats(theirs.spot, &e.groups[at]) {
			continue
		}
		e.groups[at] = *theirs
		if e.texts != nil {
			e.set(at, other.texts[g])
		}
	}
	return nil
}

// value is the value of a group that has one.
func (e *ends) value(group int) result.Value {
	if e.kind.Kind == block.String {
		return result.String(string(e.texts[group]))
	}
	return result.Fixed(e.kind, e.groups[group].bits)
}

// AppendBinary appends a group: 0 for no value, else uvarints of the split plus 1
// and of the row, then 8 bytes of bits, or a uvarint of the length and a text.
func (e *ends) AppendBinary(dst []byte, group int) []byte {
	g := &e.groups[group]
	if !g.has {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(g.spot.split)+1)
	dst = binary.AppendUvarint(dst, uint64(g.spot.row))
	if e.kind.Kind == block.String {
		dst = binary.AppendUvarint(dst, uint64(len(e.texts[group])))
		return append(dst, e.texts[group]...)
	}
	return binary.LittleEndian.AppendUint64(dst, g.bits)
}

// Decode reads a group.
func (e *ends) Decode(src []byte, group int) ([]byte, error) {
	split, src, ok := cutUvarint(src)
	if !ok {
		return nil, errNoPlace
	}
	if split == 0 {
		return src, nil
	}
	row, src, ok := cutUvarint(src)
	if !ok || split > math.MaxInt32 || row > math.MaxInt64 {
		return nil, errNoPlace
	}
	to := &e.groups[group]
	*to = end{spot: spot{int(split - 1), int64(row)}, has: true}
	if e.kind.Kind == block.String {
		n, src, ok := cutUvarint(src)
		if !ok || n > uint64(len(src)) {
			return nil, errors.New("a text that is cut short")
		}
		e.set(uint32(group), src[:n])
		return src[n:], nil
	}
	if len(src) < 8 {
		return nil, errors.New("it ends early")
	}
	to.bits = binary.LittleEndian.Uint64(src)
	if f := math.Float64frombits(to.bits); e.kind.Kind == block.Bool && to.bits > 1 || e.kind.Kind == block.Float && f != f && to.bits != nanBits {
		return nil, errors.New("a value that cannot be")
	}
	return src[8:], nil
}

var errNoPlace = errors.New("a row without a place")

// cutUvarint is the uvarint that src begins with, of no needless bytes, and what
// follows.
func cutUvarint(src []byte) (uint64, []byte, bool) {
	n, size := binary.Uvarint(src)
	if size <= 0 || size > 1 && src[size-1] == 0 {
		return 0, nil, false
	}
	return n, src[size:], true
}

// SizeBytes is the memory that the state holds.
func (e *ends) SizeBytes() int64 {
	return int64(cap(e.groups))*32 + int64(cap(e.texts))*24 + e.held
}
