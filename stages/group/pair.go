package group

import (
	"math/bits"
	"slices"
)

// pairTable numbers pairs of ids.
type pairTable struct {
	index index
	width uint // bits of a key that the right id takes: key = left<<width | right
	keys  []uint64
}

func newPairTable() *pairTable { return &pairTable{width: 4} }

// assign gives the pair of left[i] and right[i] the id ids[i]. ids may be left
// or right.
func (p *pairTable) assign(left, right, ids []uint32) error {
	n := len(ids)
	left, right = left[:n], right[:n]
	p.fit(right)
	p.keys = slices.Grow(p.keys[:0], n)[:n]
	width := p.width & 63
	for i, l := range left {
		p.keys[i] = uint64(l)<<width | uint64(right[i])
	}
	return p.index.assign(p.keys, ids)
}

// fit widens the keys if an id on the right needs it.
func (p *pairTable) fit(right []uint32) {
	var all uint32
	for _, r := range right {
		all |= r
	}
	need := uint(bits.Len32(all))
	if need <= p.width {
		return
	}
	// By two bits at least, so that a column whose ids keep growing makes few rebuilds.
	width := min(32, max(need, p.width+2))
	old := p.index.keys
	p.index = index{}
	for _, key := range old {
		// Adding cannot fail: there were no more keys before.
		p.index.lookup(key>>p.width<<width | key&(1<<p.width-1))
	}
	p.width = width
}

// at is the pair with an id.
func (p *pairTable) at(id uint32) (left, right uint32) {
	key := p.index.keys[id]
	return uint32(key >> p.width), uint32(key & (1<<p.width - 1))
}

// merge adds the pairs of other, whose ids on the left and right are left[id]
// and right[id] here, and gives the id here of each pair.
func (p *pairTable) merge(other *pairTable, left, right []uint32) ([]uint32, error) {
	n := len(other.index.keys)
	ids, rights := make([]uint32, n), make([]uint32, n)
	for i := range ids {
		l, r := other.at(uint32(i))
		ids[i], rights[i] = left[l], right[r]
	}
	return ids, p.assign(ids, rights, ids)
}

func (p *pairTable) sizeBytes() int64 { return p.index.sizeBytes() + int64(cap(p.keys))*8 }

func (p *pairTable) len() int { return len(p.index.keys) }
