package order

import (
	"encoding/binary"
	"errors"
)

// tally counts values by the number of their bucket, which is not negative.
type tally struct {
	first int     // number of the bucket that dense[0] counts
	dense []int64 // from the first to the last bucket in use, and some more
	pairs []pair  // ascending; instead of dense until something is added to what Decode has read
}

type pair struct {
	bucket int
	n      int64
}

// add adds n values to a bucket.
func (t *tally) add(bucket int, n int64) {
	i := bucket - t.first
	if uint(i) >= uint(len(t.dense)) {
		t.cover(bucket)
		i = bucket - t.first
	}
	t.dense[i] += n
}

// cover makes room in dense for a bucket, and for pairs.
func (t *tally) cover(bucket int) {
	low, high := bucket, bucket
	if n := len(t.dense); n > 0 {
		low, high = min(low, t.first), max(high, t.first+n-1)
	}
	if n := len(t.pairs); n > 0 {
		low, high = min(low, t.pairs[0].bucket), max(high, t.pairs[n-1].bucket)
	}
	slack := (high-low)/4 + 16
	if low < t.first || len(t.dense) == 0 {
		low = max(0, low-slack)
	}
	if high > t.first+len(t.dense)-1 {
		high += slack
	}
	wide := make([]int64, high-low+1)
	copy(wide[max(0, t.first-low):], t.dense)
	t.first, t.dense = low, wide
	for _, p := range t.pairs {
		t.dense[p.bucket-low] += p.n
	}
	t.pairs = nil
}

// merge adds what from counts.
func (t *tally) merge(from *tally) {
	from.each(func(bucket int, n int64) bool {
		t.add(bucket, n)
		return true
	})
}

// each calls f with the buckets in use, ascending, until it says that it has
// seen enough.
func (t *tally) each(f func(bucket int, n int64) bool) {
	for _, p := range t.pairs {
		if !f(p.bucket, p.n) {
			return
		}
	}
	for i, n := range t.dense {
		if n > 0 && !f(t.first+i, n) {
			return
		}
	}
}

func (t *tally) sizeBytes() int64 { return int64(cap(t.dense))*8 + int64(cap(t.pairs))*16 }

// appendBinary appends the number of buckets in use, then of each its distance
// from the one before, or from the bucket first, and its count.
func (t *tally) appendBinary(dst []byte, first int) []byte {
	used := uint64(0)
	t.each(func(int, int64) bool { used++; return true })
	dst = binary.AppendUvarint(dst, used)
	previous := first - 1
	t.each(func(bucket int, n int64) bool {
		dst = binary.AppendUvarint(dst, uint64(bucket-previous-1))
		dst = binary.AppendUvarint(dst, uint64(n))
		previous = bucket
		return true
	})
	return dst
}

var (
	errShort = errors.New("it ends early")
	errCount = errors.New("a count that cannot be")
)

// maxCount bounds the number of values, far from where an int64 wraps.
const maxCount = 1 << 60

// decode reads what appendBinary wrote of an untouched tally of a number of
// buckets, and gives the sum of its counts.
func (t *tally) decode(src []byte, buckets int) (sum int64, rest []byte, err error) {
	used, src, err := uvarint(src)
	if err != nil {
		return 0, nil, err
	}
	if used > uint64(len(src)/2) {
		return 0, nil, errShort
	}
	t.pairs = make([]pair, used)
	next := uint64(0)
	for i := range t.pairs {
		var skip, n uint64
		if skip, src, err = uvarint(src); err != nil {
			return 0, nil, err
		}
		if n, src, err = uvarint(src); err != nil {
			return 0, nil, err
		}
		if skip >= uint64(buckets) || next+skip >= uint64(buckets) {
			return 0, nil, errors.New("a bucket out of range")
		}
		if n == 0 || n > maxCount || sum+int64(n) > maxCount {
			return 0, nil, errCount
		}
		t.pairs[i] = pair{int(next + skip), int64(n)}
		next += skip + 1
		sum += int64(n)
	}
	return sum, src, nil
}

// uvarint reads a number that is written without needless bytes.
func uvarint(src []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(src)
	switch {
	case size == 0:
		return 0, nil, errShort
	case size < 0 || size > 1 && src[size-1] == 0:
		return 0, nil, errors.New("a malformed number")
	}
	return n, src[size:], nil
}
