package order

import "slices"

// Values is a collection of values that can say which one has a rank. It is
// made of what it keeps, which is one of four:
//
//	keys     all of them, equal ones together where that saves memory
//	focus    those near the ranks that will be asked for, after [Values.Seek]
//	counts   of the keys in intervals, after [Values.Shed]
//	NaN      nothing but that there was one: then no rank has another value
//
// The zero value is empty. It belongs to one goroutine.
type Values struct {
	nan       bool
	scattered bool // too few keys are equal for runs to pay
	large     int  // how many tails of mostTail keys have been full
	n         int64
	runs      []run      // ascending, each key once
	full      [][]uint64 // never changed again, so that merged Values share them
	tail      []uint64   // being filled
	keptBytes int64      // of full
	focus     *focus     // not nil: instead of keys
	counts    *counts    // not nil: instead of keys

	seek      func(n int64) []int64 // the ranks that will be asked for; nil: any, or it is no use to ask
	nextFocus int64                 // number of values at which it is tried to give up others
}

// run is a key and how many values have it.
type run struct {
	key uint64
	n   int64
}

const (
	leastTail = 16
	// firstTail is how many keys there are when it is tried for the first time
	// whether runs pay: 32 KiB, which are sorted in L1.
	firstTail = 4096
	// mostTail is the most keys in a tail: 1 MiB.
	mostTail = 1 << 17
	// runsPay is how many keys there are at least for each run: a run takes as
	// much memory as two keys, so that half of the memory is saved.
	runsPay = 4
	// secondTry and thirdTry are at how many full tails of mostTail keys it is
	// tried again: sorting a tail takes longer than filling ten.
	secondTry, thirdTry = 1, 16
)

// Add adds keys. The slice stays the caller's.
func (v *Values) Add(keys []uint64) {
	v.add(keys)
	if v.seek != nil && v.n >= v.nextFocus && (v.scattered || v.focus != nil) {
		v.refocus()
	}
}

// add is Add without giving up keys.
func (v *Values) add(keys []uint64) {
	if v.nan {
		return
	}
	v.n += int64(len(keys))
	switch {
	case v.focus != nil:
		v.focus.add(keys)
		return
	case v.counts != nil:
		v.counts.add(keys)
		return
	}
	for len(keys) > 0 {
		if len(v.tail) == cap(v.tail) {
			v.makeRoom()
		}
		n := copy(v.tail[len(v.tail):cap(v.tail)], keys)
		v.tail = v.tail[:len(v.tail)+n]
		keys = keys[n:]
	}
}

// AddNaN adds a NaN, which is all that is kept from then on.
func (v *Values) AddNaN() { *v = Values{nan: true} }

// inRuns is how many of the values are in runs.
func (v *Values) inRuns() (n int64) {
	for _, r := range v.runs {
		n += r.n
	}
	return n
}

// NaN tells whether one of the values is NaN.
func (v *Values) NaN() bool { return v.nan }

// Len is the number of values; 0 if one is NaN.
func (v *Values) Len() int64 { return v.n }

// tailLen is how many keys the tail may have before it is full.
func (v *Values) tailLen() int {
	if !v.scattered {
		return max(firstTail, min(runsPay*len(v.runs), mostTail))
	}
	return int(max(firstTail, min(v.n/4, mostTail)))
}

// makeRoom makes the tail one that is not full.
func (v *Values) makeRoom() {
	most := v.tailLen()
	if cap(v.tail) >= most {
		v.seal()
		if cap(v.tail) > 0 {
			return
		}
		most = v.tailLen()
	}
	wide := make([]uint64, len(v.tail), max(leastTail, min(2*cap(v.tail), most)))
	if v.scattered {
		wide = make([]uint64, len(v.tail), most)
	}
	copy(wide, v.tail)
	v.tail = wide
}

// seal takes the keys out of a full tail.
func (v *Values) seal() {
	if !v.scattered {
		sortKeys(v.tail)
		v.fold(v.tail)
		v.tail = v.tail[:0]
		v.scattered = runsPay*int64(len(v.runs)) > v.n || runsPay*len(v.runs) > mostTail
		if v.scattered {
			v.tail = nil
		}
		return
	}
	keys := v.tail
	v.keep(keys)
	v.tail = nil
	if len(keys) == mostTail {
		v.large++
		if v.large == secondTry || v.large == thirdTry {
			v.compact()
		}
	}
}

// keep takes over keys that do not change any more.
func (v *Values) keep(keys []uint64) {
	v.full = append(v.full, keys)
	v.keptBytes += int64(cap(keys)) * 8
}

// pays tells whether sorted keys take less memory once they are folded.
func (v *Values) pays(sorted []uint64) bool {
	fresh, runs := 0, v.runs
	previous := ^sorted[0]
	for _, k := range sorted {
		if k == previous {
			continue
		}
		previous = k
		for len(runs) > 0 && runs[0].key < k {
			runs = runs[1:]
		}
		if len(runs) == 0 || runs[0].key != k {
			fresh++
		}
	}
	return runsPay*fresh <= len(sorted)
}

// compact makes runs of the full tails for which it pays, if it does for the
// last one.
func (v *Values) compact() {
	full := v.full
	for i := len(full) - 1; i >= 0; i-- {
		sorted := slices.Clone(full[i]) // others may share the keys
		sortKeys(sorted)
		switch {
		case v.pays(sorted):
			if v.scattered {
				v.scattered, v.full, v.keptBytes = false, nil, 0
			}
			v.fold(sorted)
		case v.scattered:
			return
		default:
			v.keep(full[i])
		}
	}
}

// fold adds sorted keys to the runs: first counts to those that are there, then
// those that are not, from the back.
func (v *Values) fold(sorted []uint64) {
	var fresh []run
	at := 0
	for i := 0; i < len(sorted); {
		key, from := sorted[i], i
		for i++; i < len(sorted) && sorted[i] == key; i++ {
		}
		for at < len(v.runs) && v.runs[at].key < key {
			at++
		}
		if at < len(v.runs) && v.runs[at].key == key {
			v.runs[at].n += int64(i - from)
		} else {
			fresh = append(fresh, run{key, int64(i - from)})
		}
	}
	v.runs = mergeRuns(v.runs, fresh)
}

// mergeRuns adds runs to dst, in place from the back where dst has room.
func mergeRuns(dst, runs []run) []run {
	if len(runs) == 0 {
		return dst
	}
	i, j := len(dst)-1, len(runs)-1
	dst = slices.Grow(dst, len(runs))[:len(dst)+len(runs)]
	at := len(dst)
	for ; j >= 0; at-- {
		switch {
		case i >= 0 && dst[i].key > runs[j].key:
			dst[at-1] = dst[i]
			i--
		case i >= 0 && dst[i].key == runs[j].key:
			dst[at-1] = run{dst[i].key, dst[i].n + runs[j].n}
			i--
			j--
		default:
			dst[at-1] = runs[j]
			j--
		}
	}
	if same := at - i - 1; same > 0 {
		dst = slices.Delete(dst, i+1, at)
	}
	return dst
}

// Merge adds the values of from, which stays as it is. If one has been shed, or
// keeps only keys near some ranks, so do both; the keys of both lie in the same
// interval.
func (v *Values) Merge(from *Values) {
	switch {
	case v.nan:
		return
	case from.nan:
		v.AddNaN()
		return
	case v.focus != nil || from.focus != nil:
		v.mergeFocus(from)
		return
	case from.counts != nil:
		v.Shed(from.counts.low, from.counts.high, from.counts.bits)
		v.n += from.n
		v.counts.merge(from.counts)
		return
	case v.counts != nil:
		v.n += from.n
		v.counts.addAll(from)
		return
	}
	v.add(from.tail)
	v.n += from.n - int64(len(from.tail))
	v.runs = mergeRuns(v.runs, from.runs)
	for _, keys := range from.full {
		if len(keys) < firstTail {
			v.n -= int64(len(keys))
			v.add(keys)
			continue
		}
		v.keep(keys[:len(keys):len(keys)])
		v.scattered = true
	}
}

// mergeFocus is Merge where one of the two keeps only some keys. Intervals of
// counts have nothing to do with what the other keeps: what is left of both is
// how many there are.
func (v *Values) mergeFocus(from *Values) {
	f := v.focus
	switch {
	case v.counts != nil || from.counts != nil:
		f = &focus{spread: 1}
	case f == nil:
		f = from.focus.restrict(from.focus.spots)
		f.addAll(v)
	case from.focus == nil:
		f.addAll(from)
	default:
		f = f.merge(from.focus)
	}
	*v = Values{n: v.n + from.n, focus: f}
}

// Shed gives up the keys, which lie in [low, high], for counts of them in at most
// 2^bits intervals, with bits from 1 to 16. Values that have been shed are left
// with the fewer intervals; of those that keep only some keys, nothing is left but
// how many there are.
func (v *Values) Shed(low, high uint64, bits int) {
	switch {
	case v.nan:
	case v.focus != nil:
		v.focus = &focus{spread: 1}
	case v.counts != nil:
		v.counts.limit(bits)
	default:
		c := newCounts(low, high, bits)
		c.addAll(v)
		*v = Values{n: v.n, counts: c}
	}
}

// CountsBytes is about how much counts in 2^bits intervals take.
func CountsBytes(bits int) int64 { return 8 << bits * 5 / 4 }

// SizeBytes is the memory that the values take beside the struct.
func (v *Values) SizeBytes() int64 {
	size := int64(cap(v.runs))*16 + int64(cap(v.full))*24 + int64(cap(v.tail))*8 + v.keptBytes
	if v.focus != nil {
		size += v.focus.sizeBytes()
	}
	if v.counts != nil {
		size += v.counts.sizeBytes() + 96
	}
	return size
}
