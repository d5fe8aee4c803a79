package order

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// counts is how many keys there are in intervals of equal width: the narrowest
// for which at most 2^bits of them reach from the least to the greatest key. So
// what was added decides, not the order: with a wider range intervals are joined.
type counts struct {
	tally
	low, high uint64 // of all keys that there may be; intervals begin at low
	bits      int
	shift     int // an interval is 2^shift keys wide

	least, greatest uint64 // of the keys; least is more than greatest if there are none
}

const (
	leastBits, mostBits = 1, 16
	// numberBits is how many bits the number of an interval has at most.
	numberBits = 62
)

func newCounts(low, high uint64, most int) *counts {
	c := &counts{low: low, high: high, bits: min(max(most, leastBits), mostBits), least: ^uint64(0)}
	c.shift = max(0, bits.Len64(high-low)-numberBits)
	return c
}

func (c *counts) interval(key uint64) int { return int((key - c.low) >> c.shift) }

// add adds keys.
func (c *counts) add(keys []uint64) {
	if len(keys) == 0 {
		return
	}
	low, first, shift := c.low, c.first, uint(c.shift)&63
	dense, least, greatest := c.dense, c.least, c.greatest
	for _, k := range keys {
		least, greatest = min(least, k), max(greatest, k)
		i := int((k-low)>>shift) - first
		if uint(i) >= uint(len(dense)) {
			c.least, c.greatest = least, greatest
			c.fit()
			c.cover(c.interval(k))
			first, shift, dense = c.first, uint(c.shift)&63, c.dense
			i = c.interval(k) - first
		}
		dense[i]++
	}
	c.least, c.greatest = least, greatest
	c.fit()
}

// prepare makes room for keys from least to greatest, which both are going to be
// added: else intervals are joined many times until they are as wide.
func (c *counts) prepare(least, greatest uint64) {
	c.least, c.greatest = least, greatest
	c.fit()
	c.cover(c.interval(least))
	c.cover(c.interval(greatest))
}

// fit joins intervals until there are no more than there may be.
func (c *counts) fit() {
	by := 0
	for ; c.interval(c.greatest)>>by-c.interval(c.least)>>by >= 1<<c.bits; by++ {
	}
	if by == 0 {
		return
	}
	narrow := c.tally
	c.tally = tally{}
	c.shift += by
	narrow.each(func(i int, n int64) bool {
		c.tally.add(i>>by, n)
		return true
	})
}

// limit makes intervals wider so that there are 2^most at most.
func (c *counts) limit(most int) {
	c.bits = min(c.bits, max(most, leastBits))
	if c.least <= c.greatest {
		c.fit()
	}
}

// addAll adds the keys that v keeps.
func (c *counts) addAll(v *Values) {
	for _, r := range v.runs {
		c.add([]uint64{r.key})
		c.tally.add(c.interval(r.key), r.n-1)
	}
	for _, keys := range v.full {
		c.add(keys)
	}
	c.add(v.tail)
}

// merge adds what from counts, of the same range of keys.
func (c *counts) merge(from *counts) {
	c.limit(from.bits)
	if from.least > from.greatest {
		return
	}
	c.least, c.greatest = min(c.least, from.least), max(c.greatest, from.greatest)
	c.fit()
	by := c.shift - from.shift // at least 0: from has no more intervals, in a range that is no wider
	from.each(func(i int, n int64) bool {
		c.tally.add(i>>by, n)
		return true
	})
}

// locate finds the interval of each of some ascending ranks, of all keys.
func (c *counts) locate(below int64, ranks []int64) (found []Range) {
	c.each(func(i int, n int64) bool {
		for len(ranks) > 0 && ranks[0] < below+n {
			from := c.low + uint64(i)<<c.shift
			r := Range{Low: max(from, c.least), High: c.greatest, Below: below, Count: n}
			if i < c.interval(c.greatest) {
				r.High = from + (1<<c.shift - 1)
			}
			if len(found) == 0 || found[len(found)-1] != r {
				found = append(found, r)
			}
			ranks = ranks[1:]
		}
		below += n
		return len(ranks) > 0
	})
	return found
}

// appendBinary appends the counts: bits, the tally from the first interval in
// use, and if there is one, least less low and greatest less least.
func (c *counts) appendBinary(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.bits))
	if c.least > c.greatest {
		return append(dst, 0)
	}
	dst = c.tally.appendBinary(dst, c.interval(c.least))
	dst = binary.AppendUvarint(dst, c.least-c.low)
	return binary.AppendUvarint(dst, c.greatest-c.least)
}

// decode reads what appendBinary wrote of new counts, and gives their sum.
func (c *counts) decode(src []byte) (sum int64, rest []byte, err error) {
	most, src, err := uvarint(src)
	if err != nil {
		return 0, nil, err
	}
	if most < leastBits || most > mostBits {
		return 0, nil, errors.New("too many intervals")
	}
	c.bits = int(most)
	if sum, src, err = c.tally.decode(src, 1<<c.bits); err != nil || sum == 0 {
		return 0, src, err
	}
	var least, more uint64
	if least, src, err = uvarint(src); err != nil {
		return 0, nil, err
	}
	if more, src, err = uvarint(src); err != nil {
		return 0, nil, err
	}
	if least > c.high-c.low || more > c.high-c.low-least {
		return 0, nil, errors.New("a key out of range")
	}
	c.least = c.low + least
	c.greatest = c.least + more
	for c.interval(c.greatest)-c.interval(c.least) >= 1<<c.bits {
		c.shift++
	}
	first, last := c.pairs[0].bucket, c.pairs[len(c.pairs)-1].bucket
	if first != 0 || last != c.interval(c.greatest)-c.interval(c.least) {
		return 0, nil, errors.New("a key that is not counted")
	}
	for i := range c.pairs {
		c.pairs[i].bucket += c.interval(c.least)
	}
	return sum, src, nil
}
