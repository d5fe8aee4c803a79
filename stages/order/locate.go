package order

import "errors"

// Range is an interval of keys and where the values in it are among all values
// in ascending order: Below of them come before, Count are in it. If Low is High
// all of them are equal, and known.
type Range struct {
	Low   uint64 `json:"low"`
	High  uint64 `json:"high"`
	Below int64  `json:"below"`
	Count int64  `json:"count"`
}

// Known tells whether all values in the range are known.
func (r Range) Known() bool { return r.Low == r.High }

// Holds tells whether the value of a rank, from 0, is in the range.
func (r Range) Holds(rank int64) bool { return rank >= r.Below && rank-r.Below < r.Count }

var errRank = errors.New("a rank beyond the number of values")

// Locate finds the values of ranks, which count from 0 and ascend. The ranges
// ascend; they are known unless the keys have been given up, and else as narrow as
// what is left tells.
func (v *Values) Locate(ranks []int64) ([]Range, error) { return v.LocateAbove(0, ranks) }

// LocateAbove is Locate among more values, below of which are less than all of v.
func (v *Values) LocateAbove(below int64, ranks []int64) ([]Range, error) {
	if len(ranks) == 0 {
		return nil, nil
	}
	if ranks[0] < below || ranks[len(ranks)-1]-below >= v.n {
		return nil, errRank
	}
	switch {
	case v.focus != nil:
		return v.focus.locate(below, v.n, ranks)
	case v.counts != nil:
		return v.counts.locate(below, ranks), nil
	}
	s := search{runs: v.runs, keys: append(v.full[:len(v.full):len(v.full)], v.tail)}
	if loose := v.n - v.inRuns(); loose <= max(int64(len(v.runs)), fewKeys) {
		s.sorted(0, ^uint64(0), below, ranks)
	} else {
		s.locate(0, ^uint64(0), below, v.n, ranks)
	}
	return s.found, nil
}

// search finds ranks among keys in no order: it counts keys by interval, and
// looks on in the intervals that hold a rank. The keys stay as they are.
//
// Note: quickselect moves the keys, which merged Values share, and takes longer.
type search struct {
	runs  []run
	keys  [][]uint64
	found []Range
}

const (
	// fewKeys are sorted.
	fewKeys = 1 << 12
	// searchBits makes counts that fit L1.
	searchBits = 12
)

// locate appends where ranks are among the n keys in [low, high].
func (s *search) locate(low, high uint64, below, n int64, ranks []int64) {
	if n <= fewKeys {
		s.sorted(low, high, below, ranks)
		return
	}
	c := s.count(low, high)
	ranges := c.locate(below, ranks)
	// The keys of a range are gathered, unless they are so many that it would take
	// much memory: then all keys are gone through once more.
	gathered := s.gather(c, n/4, ranges)
	for i, r := range ranges {
		end := 0
		for end < len(ranks) && r.Holds(ranks[end]) {
			end++
		}
		switch {
		case r.Known():
			s.found = append(s.found, r)
		case r.Count > n/4:
			s.locate(r.Low, r.High, r.Below, r.Count, ranks[:end])
		default:
			gathered[i].locate(r.Low, r.High, r.Below, r.Count, ranks[:end])
			s.found = append(s.found, gathered[i].found...)
		}
		ranks = ranks[end:]
	}
}

// count counts the keys in [low, high].
func (s *search) count(low, high uint64) *counts {
	c := newCounts(low, high, searchBits)
	span := high - low
	if least, greatest := s.ends(low, span); least <= greatest {
		c.prepare(least, greatest)
	}
	if span == ^uint64(0) {
		c.addAll(&Values{runs: s.runs})
		for _, keys := range s.keys {
			c.add(keys)
		}
		return c
	}
	for _, r := range s.runs {
		if r.key-low <= span {
			c.addAll(&Values{runs: []run{r}})
		}
	}
	var inside [2048]uint64
	for _, keys := range s.keys {
		for len(keys) > 0 {
			some := keys[:min(len(keys), len(inside))]
			keys = keys[len(some):]
			n := 0
			for _, k := range some {
				inside[n] = k
				if k-low <= span {
					n++
				}
				if n == len(inside) {
					break
				}
			}
			c.add(inside[:n])
		}
	}
	return c
}

// ends is the least and the greatest key from low to low+span.
func (s *search) ends(low, span uint64) (least, greatest uint64) {
	least = ^uint64(0)
	for _, r := range s.runs {
		if r.key-low <= span {
			least, greatest = min(least, r.key), max(greatest, r.key)
		}
	}
	for _, keys := range s.keys {
		for _, k := range keys {
			if k-low <= span {
				least, greatest = min(least, k), max(greatest, k)
			}
		}
	}
	return least, greatest
}

// gather is the keys of each of the ranges that c has located, but of none with
// more than most keys. Keys beyond the range may be among them.
func (s *search) gather(c *counts, most int64, ranges []Range) []search {
	gathered := make([]search, len(ranges))
	into := make([][]uint64, len(ranges))
	first := c.interval(c.least)
	at := make([]uint16, c.interval(c.greatest)-first+2) // position in ranges, from 1; the last is for other keys
	none := uint64(len(at) - 1)
	wanted := false
	for i, r := range ranges {
		if r.Count <= most && !r.Known() {
			at[c.interval(r.Low)-first] = uint16(i + 1)
			wanted = true
			if len(s.runs) == 0 { // else most of the count may be in a few runs
				into[i] = make([]uint64, 0, r.Count)
			}
		}
	}
	if !wanted {
		return gathered
	}
	low, shift := c.low+uint64(first)<<c.shift, uint(c.shift)&63
	for _, r := range s.runs {
		if i := at[min((r.key-low)>>shift, none)]; i > 0 {
			gathered[i-1].runs = append(gathered[i-1].runs, r)
		}
	}
	for _, keys := range s.keys {
		for _, k := range keys {
			if i := at[min((k-low)>>shift, none)]; i > 0 {
				into[i-1] = append(into[i-1], k)
			}
		}
	}
	for i := range into {
		gathered[i].keys = into[i : i+1]
	}
	return gathered
}

// sorted is locate by sorting the keys in [low, high], which are few.
func (s *search) sorted(low, high uint64, below int64, ranks []int64) {
	span := high - low
	var runs []run
	for _, r := range s.runs {
		if r.key-low <= span {
			runs = append(runs, r)
		}
	}
	var few []uint64
	for _, keys := range s.keys {
		for _, k := range keys {
			if k-low <= span {
				few = append(few, k)
			}
		}
	}
	sortKeys(few)
	all := Values{runs: runs}
	all.fold(few)
	for _, r := range all.runs {
		end := 0
		for end < len(ranks) && ranks[end] < below+r.n {
			end++
		}
		if end > 0 {
			s.found = append(s.found, Range{r.key, r.key, below, r.n})
			ranks = ranks[end:]
		}
		below += r.n
	}
}
