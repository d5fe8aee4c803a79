package group

import (
	"math/bits"
	"math/rand/v2"
)

// index numbers distinct 64-bit keys in the order in which they are first seen.
//
// While the keys span a small range it is an array that key-base indexes:
//
//	window   id+1 of base, base+1, ...; 0 where the key is new
//
// and from then on, for good, a hash table with linear probing:
//
//	slots    {key, id+1}, a power of two of them, at most 5/8 in use
//
// Keys are compared as signed numbers, so that small negative ones are close to
// small positive ones.
type index struct {
	keys   []uint64 // by id
	window []uint32
	base   uint64
	low    int64 // of the keys in the window: the least
	high   int64 // and the greatest
	slots  []slot
	shift  uint   // 64 minus the bits of len(slots)
	seed   uint64 // chosen at random, so that no file can be made to collide
}

type slot struct {
	key uint64
	id  uint32 // plus 1; 0 is a free slot
}

// The window may have this many entries for each key, and this many in all
// cases: 16 KiB fit in L1 beside the vectors of a block.
const (
	windowPerKey = 16
	windowMin    = 1 << 12
	windowMax    = 1 << 22
)

// add numbers a key that is new.
func (x *index) add(key uint64) (uint32, error) {
	if len(x.keys) >= maxGroups {
		return 0, errTooMany
	}
	id := uint32(len(x.keys))
	switch {
	case x.slots == nil && x.widen(key):
		x.window[key-x.base] = id + 1
	case x.slots == nil:
		x.toSlots()
		x.put(key, id)
	default:
		if x.full() {
			x.grow(2 * len(x.slots))
		}
		x.put(key, id)
	}
	x.keys = append(x.keys, key)
	return id, nil
}

// reserve takes an id without a key that can be found.
func (x *index) reserve() (uint32, error) {
	if len(x.keys) >= maxGroups {
		return 0, errTooMany
	}
	x.keys = append(x.keys, 0)
	return uint32(len(x.keys) - 1), nil
}

// lookup is the id of key, which is numbered if it is new.
func (x *index) lookup(key uint64) (uint32, error) {
	if x.slots == nil {
		if d := key - x.base; d < uint64(len(x.window)) {
			if id := x.window[d]; id != 0 {
				return id - 1, nil
			}
		}
		return x.add(key)
	}
	mask := uint64(len(x.slots) - 1)
	for i := x.hash(key); ; i = (i + 1) & mask {
		s := &x.slots[i&mask]
		if s.id == 0 {
			return x.add(key)
		}
		if s.key == key {
			return s.id - 1, nil
		}
	}
}

// assign is lookup for a slice of keys.
func (x *index) assign(keys []uint64, ids []uint32) error {
	ids = ids[:len(keys)]
	for i := 0; i < len(keys); i++ {
		if x.slots == nil {
			i += x.assignWindow(keys[i:], ids[i:])
		} else {
			i += x.assignSlots(keys[i:], ids[i:])
		}
		if i == len(keys) {
			break
		}
		id, err := x.add(keys[i])
		if err != nil {
			return err
		}
		ids[i] = id
	}
	return nil
}

// assignWindow gives ids to keys up to the first new one and returns how many
// that were.
func (x *index) assignWindow(keys []uint64, ids []uint32) int {
	window, base := x.window, x.base
	size := uint64(len(window))
	ids = ids[:len(keys)]
	i := 0
	for ; i+4 <= len(keys) && i+4 <= len(ids); i += 4 {
		k, to := keys[i:i+4:i+4], ids[i:i+4:i+4]
		d0, d1, d2, d3 := k[0]-base, k[1]-base, k[2]-base, k[3]-base
		if d0 >= size || d1 >= size || d2 >= size || d3 >= size {
			break
		}
		id0, id1, id2, id3 := window[d0]-1, window[d1]-1, window[d2]-1, window[d3]-1
		if max(id0, id1, id2, id3) == 1<<32-1 { // one is new
			break
		}
		to[0], to[1], to[2], to[3] = id0, id1, id2, id3
	}
	for ; i < len(keys); i++ {
		d := keys[i] - base
		if d >= size || window[d] == 0 {
			return i
		}
		ids[i] = window[d] - 1
	}
	return len(keys)
}

// assignSlots gives ids to keys, new ones too, up to one for which the hash
// table has to grow, and returns how many that were.
func (x *index) assignSlots(keys []uint64, ids []uint32) int {
	slots, mask, shift, seed := x.slots, uint64(len(x.slots)-1), x.shift, x.seed
	ids = ids[:len(keys)]
	for i, key := range keys {
		at := mix(key, seed) >> (shift & 63)
		for {
			s := &slots[at&mask]
			if s.key == key && s.id != 0 {
				ids[i] = s.id - 1
				break
			}
			if s.id == 0 {
				if x.full() {
					return i
				}
				ids[i] = uint32(len(x.keys))
				x.keys = append(x.keys, key)
				*s = slot{key: key, id: ids[i] + 1}
				break
			}
			at++
		}
	}
	return len(keys)
}

// full tells whether one more key needs a larger hash table, or is too many.
func (x *index) full() bool {
	return 8*(len(x.keys)+1) > 5*len(x.slots) || len(x.keys) >= maxGroups
}

// widen makes the window include key, or tells that it would become too large.
func (x *index) widen(key uint64) bool {
	low, high := int64(key), int64(key)
	if len(x.window) > 0 {
		low, high = min(low, x.low), max(high, x.high)
	}
	span := uint64(high) - uint64(low) // one less than the entries needed
	limit := uint64(min(windowMax, max(windowMin, windowPerKey*len(x.keys))))
	if span >= limit {
		return false
	}
	grew := low < x.low
	x.low, x.high = low, high
	if key-x.base < uint64(len(x.window)) {
		return true
	}
	// Room on the side that the keys grow to.
	size := min(limit, max(64, 2*span+2))
	base := uint64(low)
	if grew {
		base = uint64(high) - (size - 1)
	}
	window := make([]uint32, size)
	for d, id := range x.window {
		if id != 0 {
			window[x.base+uint64(d)-base] = id
		}
	}
	x.window, x.base = window, base
	return true
}

// toSlots turns the window into a hash table.
func (x *index) toSlots() {
	old := x.window
	x.seed, x.window = rand.Uint64(), nil
	size := 64
	for 5*size < 8*2*len(x.keys) {
		size *= 2
	}
	x.makeSlots(size)
	for d, id := range old {
		if id != 0 {
			x.put(x.base+uint64(d), id-1)
		}
	}
}

// grow makes the hash table larger.
func (x *index) grow(size int) {
	old := x.slots
	x.makeSlots(size)
	for _, s := range old {
		if s.id != 0 {
			x.put(s.key, s.id-1)
		}
	}
}

func (x *index) makeSlots(size int) {
	x.slots = make([]slot, size)
	x.shift = uint(64 - bits.TrailingZeros(uint(size)))
}

// put adds a key that is not in the hash table.
func (x *index) put(key uint64, id uint32) {
	mask := uint64(len(x.slots) - 1)
	at := x.hash(key)
	for x.slots[at&mask].id != 0 {
		at++
	}
	x.slots[at&mask] = slot{key: key, id: id + 1}
}

func (x *index) hash(key uint64) uint64 { return mix(key, x.seed) >> (x.shift & 63) }

// mix is the folded multiplication of wyhash (Wang Yi, public domain).
func mix(key, seed uint64) uint64 {
	high, low := bits.Mul64(key^seed, 0x9e3779b97f4a7c15^(seed<<1|1))
	return high ^ low
}

func (x *index) sizeBytes() int64 {
	return int64(cap(x.keys))*8 + int64(cap(x.window))*4 + int64(cap(x.slots))*16
}
