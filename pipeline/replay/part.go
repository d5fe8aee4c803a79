package replay

import (
	"math"
	"math/bits"
	"time"
)

// part is what lies between from and to of a whole, with 0 <= from <= to <=
// whole and a whole above 0. The parts of a quantity are whole numbers that add
// up to it exactly.
type part struct{ from, to, whole int64 }

func (p part) of(quantity int64) int64 {
	return upTo(quantity, p.to, p.whole) - upTo(quantity, p.from, p.whole)
}

// upTo is quantity*n/whole without overflow.
func upTo(quantity, n, whole int64) int64 {
	if quantity <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(quantity), uint64(n))
	q, _ := bits.Div64(high, low, uint64(whole))
	return int64(q)
}

func (p part) ofCost(c Cost) Cost {
	return Cost{time.Duration(p.of(int64(c.CPU))), time.Duration(p.of(int64(c.Blocked)))}
}

// part is that part of the rows, bytes and costs of c.
func (c Chunk) part(p part) Chunk {
	c.Rows, c.Bytes = int(p.of(int64(c.Rows))), p.of(c.Bytes)
	for _, cost := range c.costs() {
		*cost = p.ofCost(*cost)
	}
	return c
}

// add adds rows, bytes and costs of d to c.
func (c *Chunk) add(d Chunk) {
	c.Rows, c.Bytes = addRows(c.Rows, d.Rows), saturate(c.Bytes, max(d.Bytes, 0))
	more := d.costs()
	for i, cost := range c.costs() {
		*cost = cost.plus(*more[i])
	}
}

// beyond is what c has and costs above fixed, at least nothing; its rows stay.
func (c Chunk) beyond(fixed Chunk) Chunk {
	c.Rows, c.Bytes = max(c.Rows, 0), max(c.Bytes-max(fixed.Bytes, 0), 0)
	less := fixed.costs()
	for i, cost := range c.costs() {
		cost.CPU = max(cost.CPU-max(less[i].CPU, 0), 0)
		cost.Blocked = max(cost.Blocked-max(less[i].Blocked, 0), 0)
	}
	return c
}

func (c Cost) plus(d Cost) Cost {
	return Cost{saturate(max(c.CPU, 0), max(d.CPU, 0)), saturate(max(c.Blocked, 0), max(d.Blocked, 0))}
}

// saturate is a+b for numbers that are not negative, or the largest number that
// there is.
func saturate[T int64 | time.Duration](a, b T) T {
	if sum := a + b; sum >= 0 {
		return sum
	}
	return math.MaxInt64
}

// addRows is the rows of both, however many.
func addRows(a, b int) int {
	return int(min(saturate(int64(max(a, 0)), int64(max(b, 0))), math.MaxInt))
}
