package order

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Values in bytes. All numbers are uvarints.
//
//	+---+-------------------+---------------------------------+
//	| 0 | different keys, n | n times: key less the one       |
//	|   |                   | before, number of values        |
//	+---+-------------------+---------------------------------+
//	| 1 |  one of the values is NaN
//	+---+-------------------+---------------------------------+--------------------+
//	| 2 | bits, intervals   | n times: intervals without keys | if n > 0:          |
//	|   | with keys, n      | before it, number of values     | least key less low |
//	|   |                   |                                 | greatest less that |
//	+---+-------------------+---------------------------------+--------------------+
//	| 3 | values, spots, n  | n times: low less the high before, high less low,    |
//	|   |                   | values below less the end of the spot before, keys   |
//	+---+-------------------+------------------------------------------------------+
//
// There is one encoding of the same keys, counts or spots.
const (
	tagKeys = iota
	tagNaN
	tagCounts
	tagFocus
)

// AppendBinary appends the values. The bytes depend only on what was added and
// whether anything was shed; after [Values.Seek] of many values on their order too.
func (v *Values) AppendBinary(dst []byte) []byte {
	if v.nan {
		return append(dst, tagNaN)
	}
	if c := v.counts; c != nil {
		return c.appendBinary(append(dst, tagCounts))
	}
	if v.focus != nil {
		return v.focus.appendBinary(append(dst, tagFocus), v.n)
	}
	return v.appendKeys(append(dst, tagKeys))
}

func (v *Values) appendKeys(dst []byte) []byte {
	keys := v.sorted()
	used := uint64(0)
	v.eachRun(keys, func(uint64, int64) { used++ })
	dst = binary.AppendUvarint(dst, used)
	dst = slices.Grow(dst, int(used)*2)
	previous := uint64(0)
	v.eachRun(keys, func(key uint64, n int64) {
		dst = binary.AppendUvarint(dst, key-previous)
		dst = binary.AppendUvarint(dst, uint64(n))
		previous = key
	})
	return dst
}

// sorted is a sorted copy of the keys that are in no run.
func (v *Values) sorted() []uint64 {
	n := len(v.tail)
	for _, keys := range v.full {
		n += len(keys)
	}
	all := make([]uint64, 0, n)
	for _, keys := range v.full {
		all = append(all, keys...)
	}
	all = append(all, v.tail...)
	sortKeys(all)
	return all
}

// eachRun calls f with every key, ascending, of the runs and of sorted.
func (v *Values) eachRun(sorted []uint64, f func(key uint64, n int64)) {
	runs := v.runs
	for i := 0; i < len(sorted) || len(runs) > 0; {
		if i == len(sorted) || len(runs) > 0 && runs[0].key < sorted[i] {
			f(runs[0].key, runs[0].n)
			runs = runs[1:]
			continue
		}
		key, n := sorted[i], int64(0)
		for ; i < len(sorted) && sorted[i] == key; i++ {
			n++
		}
		if len(runs) > 0 && runs[0].key == key {
			n += runs[0].n
			runs = runs[1:]
		}
		f(key, n)
	}
}

// Decode makes empty Values what AppendBinary has written and gives the bytes
// that follow. The keys lie in [low, high]. src is not trusted and is not kept; a
// few times its length are allocated at most.
func (v *Values) Decode(src []byte, low, high uint64) (rest []byte, err error) {
	if len(src) == 0 {
		return nil, errShort
	}
	tag := src[0]
	src = src[1:]
	switch tag {
	case tagKeys:
		return v.decodeKeys(src, low, high)
	case tagNaN:
		v.AddNaN()
		return src, nil
	case tagCounts:
		v.counts = newCounts(low, high, mostBits)
		v.n, rest, err = v.counts.decode(src)
		return rest, err
	case tagFocus:
		v.focus = new(focus)
		v.n, rest, err = v.focus.decode(src, low, high)
		return rest, err
	}
	return nil, errors.New("neither keys nor counts")
}

func (v *Values) decodeKeys(src []byte, low, high uint64) ([]byte, error) {
	used, src, err := uvarint(src)
	if err != nil {
		return nil, err
	}
	if used > uint64(len(src)/2) {
		return nil, errShort
	}
	runs := make([]run, used)
	key, total := uint64(0), int64(0)
	for i := range runs {
		var more, n uint64
		if more, src, err = uvarint(src); err != nil {
			return nil, err
		}
		if n, src, err = uvarint(src); err != nil {
			return nil, err
		}
		if more > ^key || more == 0 && i > 0 || key+more < low || key+more > high {
			return nil, errors.New("a key out of order")
		}
		if n == 0 || n > maxCount || total+int64(n) > maxCount {
			return nil, errCount
		}
		key += more
		total += int64(n)
		runs[i] = run{key, int64(n)}
	}
	v.n = total
	if total > 2*int64(len(runs)) {
		v.runs = runs
		return src, nil
	}
	keys := make([]uint64, 0, total) // takes no more than the runs
	for _, r := range runs {
		for range r.n {
			keys = append(keys, r.key)
		}
	}
	if len(keys) > 0 {
		v.keep(keys)
		v.scattered = len(keys) >= firstTail
	}
	return src, nil
}

// appendBinary appends a focus on some of n values.
func (f *focus) appendBinary(dst []byte, n int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = binary.AppendUvarint(dst, uint64(len(f.spots)))
	after, end := uint64(0), int64(0)
	for i := range f.spots {
		s := &f.spots[i]
		dst = binary.AppendUvarint(dst, s.low-after)
		dst = binary.AppendUvarint(dst, s.high-s.low)
		dst = binary.AppendUvarint(dst, uint64(s.below-end))
		dst = s.values.appendKeys(dst)
		after, end = s.high+1, s.end()
	}
	return dst
}

// decode reads what appendBinary wrote, and gives the number of values.
func (f *focus) decode(src []byte, low, high uint64) (n int64, rest []byte, err error) {
	all, src, err := uvarint(src)
	if err != nil {
		return 0, nil, err
	}
	count, src, err := uvarint(src)
	if err != nil {
		return 0, nil, err
	}
	if all > maxCount || count > mostMergedSpots || count > uint64(len(src)/4) {
		return 0, nil, errCount
	}
	f.spots, f.spread = make([]spot, count), 1
	after, end := uint64(0), int64(0)
	for i := range f.spots {
		s := &f.spots[i]
		var head [3]uint64
		for j := range head {
			if head[j], src, err = uvarint(src); err != nil {
				return 0, nil, err
			}
		}
		s.low = after + head[0]
		if head[0] > ^after || head[1] > ^s.low || i > 0 && after == 0 {
			return 0, nil, errors.New("a key out of order")
		}
		s.high = s.low + head[1]
		if head[2] > uint64(int64(all)-end) || s.low == 0 && head[2] > 0 {
			return 0, nil, errCount
		}
		s.below = end + int64(head[2])
		if src, err = s.values.decodeKeys(src, max(low, s.low), min(high, s.high)); err != nil {
			return 0, nil, err
		}
		after, end = s.high+1, s.end()
		if end > int64(all) || s.high == ^uint64(0) && end < int64(all) {
			return 0, nil, errCount
		}
	}
	return int64(all), src, nil
}
