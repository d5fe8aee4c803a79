package agg

import (
	"errors"
	"slices"
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/order"
)

// Ranked is a State that finds values by their rank: their position, from 0,
// among all of a group in ascending order.
type Ranked interface {
	State

	// Locate looks for the values of ranks, which ascend, in a group, and
	// remembers those that it finds until it is called again. The ranges ascend
	// too. One that is not known is what the state can tell after it has shed its
	// values: there are none if a value is NaN, so that ranks mean nothing.
	Locate(group int, ranks []int64) ([]order.Range, error)

	// Shed gives up the values of group 0 for counts, which take about limitBytes
	// at most and tell in which range a rank is.
	Shed(limitBytes int64)

	// Narrow is a new state of one group that looks for values only where
	// ranges, such as Locate gives, are not known.
	Narrow(ranges []order.Range) State
}

// Seeker is a Ranked that can do with less memory, and be faster, if it knows
// which ranks it will be asked for.
type Seeker interface {
	Ranked

	// Seek says that of n values in group 0 only ranks(n) will be asked for, which
	// ascend. It is called before anything is added. What AppendBinary appends may
	// then depend on the order of the rows, and Locate may give ranges that are not
	// known; what is known does not depend on it.
	Seek(ranks func(n int64) []int64)

	// Settle says that no rows will be added any more: the state gives up what is
	// not likely to be asked for.
	Settle()
}

// ordered keeps all values of all groups.
type ordered struct {
	low, high uint64 // keys that there can be
	groups    []order.Values
	keys      []uint64 // of one block
	sizeBytes int64    // of what groups point to
	seek      func(n int64) []int64
	located
}

// located is what a Ranked has found last, and is asked for again until rows are
// added.
type located struct {
	group int
	ranks []int64
	found []order.Range
}

// locate is what find gives for ranks of a group.
func (l *located) locate(group int, ranks []int64, find func() ([]order.Range, error)) ([]order.Range, error) {
	if l.found != nil && l.group == group && slices.Equal(l.ranks, ranks) {
		return l.found, nil
	}
	found, err := find()
	*l = located{group, ranks, found}
	return found, err
}

// forget is called when rows are added.
func (l *located) forget() { l.found = nil }

// at is the key of a rank that was asked for.
func (l *located) at(rank int64) (uint64, bool) {
	for _, r := range l.found {
		if r.Known() && r.Holds(rank) {
			return r.Low, true
		}
	}
	return 0, false
}

// countBits is for counts that take at most about limitBytes: of floats that
// are not all alike 16 bits tell the exponent and some bits of the mantissa.
func countBits(limitBytes int64) int {
	const least, most = 4, 16
	n := most
	for n > least && order.CountsBytes(n) > limitBytes {
		n--
	}
	return n
}

// Resize makes room for groups.
func (o *ordered) Resize(groups int) {
	first := len(o.groups) == 0 && groups > 0
	o.groups = grow(o.groups, groups)
	if first && o.seek != nil {
		o.groups[0].Seek(o.seek)
	}
}

// Update adds rows.
func (o *ordered) Update(ids []uint32, args []*block.Vector, n int) error {
	if ids == nil {
		o.UpdateRun(0, args, n)
		return nil
	}
	o.forget()
	o.keys, _ = appendKeys(o.keys[:0], args[0], n)
	v := args[0]
	for i, id := range ids[:n] {
		g := &o.groups[id]
		before := g.SizeBytes()
		if v.Type.Kind == block.Float && v.Float[i] != v.Float[i] {
			g.AddNaN()
		} else {
			g.Add(o.keys[i : i+1])
		}
		o.sizeBytes += g.SizeBytes() - before
	}
	return nil
}

// UpdateRun adds rows of one group.
func (o *ordered) UpdateRun(group int, args []*block.Vector, n int) {
	var nan bool
	o.forget()
	o.keys, nan = appendKeys(o.keys[:0], args[0], n)
	g := &o.groups[group]
	before := g.SizeBytes()
	if nan {
		g.AddNaN()
	} else {
		g.Add(o.keys)
	}
	o.sizeBytes += g.SizeBytes() - before
}

// appendKeys appends the keys of the first n values of v; they mean nothing if
// one is NaN.
func appendKeys(dst []uint64, v *block.Vector, n int) (keys []uint64, nan bool) {
	switch v.Type.Kind {
	case block.Float:
		return order.AppendFloatKeys(dst, v.Float[:n])
	case block.Uint:
		return append(dst, v.Uint[:n]...), false
	case block.Bool:
		for _, b := range v.Bool[:n] {
			dst = append(dst, order.IntKey(boolRank(b)))
		}
		return dst, false
	}
	return order.AppendIntKeys(dst, v.Int[:n]), false
}

// Locate finds ranks in a group.
func (o *ordered) Locate(group int, ranks []int64) ([]order.Range, error) {
	if o.groups[group].NaN() {
		return nil, nil
	}
	return o.locate(group, ranks, func() ([]order.Range, error) { return o.groups[group].Locate(ranks) })
}

// Seek says which ranks will be asked for.
func (o *ordered) Seek(ranks func(n int64) []int64) { o.seek = ranks }

// Settle gives up values that are not likely to be asked for.
func (o *ordered) Settle() {
	if o.seek == nil {
		return
	}
	o.forget()
	before := o.groups[0].SizeBytes()
	o.groups[0].Settle(o.seek)
	o.sizeBytes += o.groups[0].SizeBytes() - before
}

// Shed gives up the values of group 0: those that are not likely to be asked for,
// if that is enough.
func (o *ordered) Shed(limitBytes int64) {
	o.Settle()
	before := o.groups[0].SizeBytes()
	if before <= limitBytes && o.groups[0].Focused() {
		return
	}
	o.forget()
	o.groups[0].Shed(o.low, o.high, countBits(limitBytes))
	o.sizeBytes += o.groups[0].SizeBytes() - before
}

// Narrow is a state that looks in ranges only.
func (o *ordered) Narrow(ranges []order.Range) State { return newNarrowed(ranges) }

// Merge adds the groups of from.
func (o *ordered) Merge(from State, ids []uint32) error {
	other, ok := from.(*ordered)
	if !ok {
		return errOtherState
	}
	o.forget()
	for g := range other.groups {
		at := g
		if ids != nil {
			at = int(ids[g])
		}
		before := o.groups[at].SizeBytes()
		o.groups[at].Merge(&other.groups[g])
		o.sizeBytes += o.groups[at].SizeBytes() - before
	}
	return nil
}

// AppendBinary appends a group.
func (o *ordered) AppendBinary(dst []byte, group int) []byte {
	return o.groups[group].AppendBinary(dst)
}

// Decode reads a group.
func (o *ordered) Decode(src []byte, group int) ([]byte, error) {
	rest, err := o.groups[group].Decode(src, o.low, o.high)
	o.sizeBytes += o.groups[group].SizeBytes()
	return rest, err
}

// SizeBytes is the memory that the state holds.
func (o *ordered) SizeBytes() int64 {
	return o.sizeBytes + int64(cap(o.groups))*int64(unsafe.Sizeof(order.Values{})) + int64(cap(o.keys))*8
}

// narrowed looks for values in ranges only, of the one group that there is.
type narrowed struct {
	ranges []order.Range
	values []order.Values // of each range that is not known
	keys   []uint64       // of one block
	inside []uint64       // of them, those in a range
	located
}

// ErrInputChanged says that the rows were others when they were read once more.
var ErrInputChanged = errors.New("the input was changed while it was read: run it again")

func newNarrowed(ranges []order.Range) *narrowed {
	return &narrowed{ranges: ranges, values: make([]order.Values, len(ranges))}
}

// Resize has nothing to do: there is one group.
func (s *narrowed) Resize(int) {}

// Update adds rows.
func (s *narrowed) Update(_ []uint32, args []*block.Vector, n int) error {
	var nan bool
	s.forget()
	s.keys, nan = appendKeys(s.keys[:0], args[0], n)
	if nan {
		return ErrInputChanged // ranks meant nothing, and nobody would have asked
	}
	if len(s.inside) < n {
		s.inside = make([]uint64, n)
	}
	for i, r := range s.ranges {
		if r.Known() {
			continue
		}
		if k := within(s.inside, s.keys, r.Low, r.High-r.Low); k > 0 {
			s.values[i].Add(s.inside[:k])
		}
	}
	return nil
}

// within makes dst the keys from low to low+span, and gives their number.
func within(dst, keys []uint64, low, span uint64) (n int) {
	dst = dst[:len(keys)]
	for _, k := range keys {
		dst[n] = k
		if k-low <= span {
			n++
		}
		if n == len(dst) {
			break
		}
	}
	return n
}

// Locate finds ranks.
func (s *narrowed) Locate(_ int, ranks []int64) ([]order.Range, error) {
	return s.locate(0, ranks, func() ([]order.Range, error) { return s.search(ranks) })
}

func (s *narrowed) search(ranks []int64) (found []order.Range, err error) {
	for i, r := range s.ranges {
		n := 0
		for n < len(ranks) && r.Holds(ranks[n]) {
			n++
		}
		if n == 0 {
			continue
		}
		more := []order.Range{r}
		if !r.Known() {
			if s.values[i].Len() != r.Count {
				return nil, ErrInputChanged
			}
			if more, err = s.values[i].LocateAbove(r.Below, ranks[:n]); err != nil {
				return nil, err
			}
		}
		found, ranks = append(found, more...), ranks[n:]
	}
	if len(ranks) > 0 {
		return nil, ErrInputChanged
	}
	return found, nil
}

// Shed gives up the values.
func (s *narrowed) Shed(limitBytes int64) {
	s.forget()
	bits := countBits(limitBytes / int64(max(1, len(s.ranges))))
	for i, r := range s.ranges {
		if !r.Known() {
			s.values[i].Shed(r.Low, r.High, bits)
		}
	}
}

// Narrow is a state that looks in narrower ranges.
func (s *narrowed) Narrow(ranges []order.Range) State { return newNarrowed(ranges) }

// Merge adds the values of from.
func (s *narrowed) Merge(from State, _ []uint32) error {
	other, ok := from.(*narrowed)
	if !ok || len(other.values) != len(s.values) {
		return errOtherState
	}
	s.forget()
	for i := range other.values {
		s.values[i].Merge(&other.values[i])
	}
	return nil
}

// AppendBinary appends the values of every range that is not known.
func (s *narrowed) AppendBinary(dst []byte, _ int) []byte {
	for i, r := range s.ranges {
		if !r.Known() {
			dst = s.values[i].AppendBinary(dst)
		}
	}
	return dst
}

// Decode reads what AppendBinary wrote.
func (s *narrowed) Decode(src []byte, _ int) (_ []byte, err error) {
	for i, r := range s.ranges {
		if r.Known() {
			continue
		}
		if src, err = s.values[i].Decode(src, r.Low, r.High); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// SizeBytes is the memory that the state holds.
func (s *narrowed) SizeBytes() int64 {
	size := int64(cap(s.keys)+cap(s.inside))*8 + int64(cap(s.values))*int64(unsafe.Sizeof(order.Values{})+unsafe.Sizeof(order.Range{}))
	for i := range s.values {
		size += s.values[i].SizeBytes()
	}
	return size
}
