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
	x.keys = append(x.keys, key)
	if x.slots == nil {
		if x.widen(key) {
			x.window[key-x.base] = id + 1
			return id, nil
		}
		x.toSlots()
		return id, nil
	}
	if 8*len(x.keys) > 5*len(x.slots) {
		x.grow(2 * len(x.slots))
		return id, nil
	}
	x.put(key, id)
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
	ids = ids[:len(keys)]
	for i, key := range keys {
		d := key - base
		if d >= uint64(len(window)) {
			return i
		}
		id := window[d]
		if id == 0 {
			return i
		}
		ids[i] = id - 1
	}
	return len(keys)
}

// assignSlots is assignWindow for the hash table.
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
				return i
			}
			at++
		}
	}
	return len(keys)
}

// widen makes the window include key, or tells that it would become too large.
func (x *index) widen(key uint64) bool {
	if key-x.base < uint64(len(x.window)) {
		return true
	}
	low, high := int64(key), int64(key) // the range that has to be covered
	if len(x.window) > 0 {
		low, high = min(low, int64(x.base)), max(high, int64(x.base)+int64(len(x.window)-1))
	}
	span := uint64(high) - uint64(low)
	limit := uint64(min(windowMax, max(windowMin, windowPerKey*len(x.keys))))
	if span >= limit {
		return false
	}
	// Room on both sides, rounded so that growing costs little altogether.
	size := min(limit, max(64, 2*span+2))
	base := uint64(low) - (size-span-1)/2
	if int64(base) > low {
		base = 1 << 63
	}
	if last := base + size - 1; int64(last) < high {
		base = uint64(1<<63-1) - (size - 1)
	}
	window := make([]uint32, size)
	if len(x.window) > 0 {
		copy(window[x.base-base:], x.window)
	}
	x.window, x.base = window, base
	return true
}

// toSlots turns the window into a hash table.
func (x *index) toSlots() {
	old := x.window
	x.seed = rand.Uint64() | 1
	size := 64
	for 5*size < 8*2*len(x.keys) {
		size *= 2
	}
	x.window = nil
	x.slots = make([]slot, size)
	x.shift = uint(64 - bits.TrailingZeros(uint(size)))
	for d, id := range old {
		if id != 0 {
			x.put(x.base+uint64(d), id-1)
		}
	}
	last := uint32(len(x.keys) - 1) // the key that did not fit
	x.put(x.keys[last], last)
}

// grow makes the hash table larger and adds the newest key.
func (x *index) grow(size int) {
	old := x.slots
	x.slots = make([]slot, size)
	x.shift = uint(64 - bits.TrailingZeros(uint(size)))
	for _, s := range old {
		if s.id != 0 {
			x.put(s.key, s.id-1)
		}
	}
	last := uint32(len(x.keys) - 1)
	x.put(x.keys[last], last)
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
