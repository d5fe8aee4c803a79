package order

import (
	"math"
	"slices"
	"sort"
)

// A focus is what Values keep once those added so far tell about where the ranks
// are that will be asked for: the keys near them, and how many are less.
//
//	keys   . . . . . . . |########| . . . . . . . . |#####| . .
//	       below of the   low  high                  another
//	       first spot                                spot
//
// Where the values that follow are others than those before, a rank may come to
// lie beside the spots; then its range is all between two of them.
type focus struct {
	spots []spot // ascending, without a common key
	// spread is how much more the values vary from one stretch of them to the
	// next than values in random order do, at least 1: then fewer are as good as
	// so many, and estimates are that much worse.
	spread float64
	reach  float64  // the last of mostReach and so on
	inside []uint64 // of one Add
}

// spot is an interval of keys, all of which are kept.
type spot struct {
	low, high uint64
	below     int64 // keys less than low
	values    Values
}

func (s *spot) end() int64 { return s.below + s.values.n }

const (
	// focusAt is how many values tell where ranks are. If they do not, because
	// they ascend, say, focusAgain times as many are asked.
	focusAt    = 1 << 16
	focusAgain = 8
	// stretch is how many values in a row are compared with others.
	stretch = 2048
	// caution is how many standard errors a spot reaches from a rank.
	caution = 6
	// What a spot reaches at least, as a part of all values: first mostReach, for
	// values may drift, then half as far each time that there are focusAgain times
	// as many.
	mostReach, leastReach = 1.0 / 50, 1.0 / 512
	// uselessReach is beyond what it does not pay.
	uselessReach = 1.0 / 8
	// mostSpots bounds the work for each value. Merging can make more, of spots
	// that overlap by chance.
	mostSpots, mostMergedSpots = 6, 64
)

// Seek says that nothing but ranks(n), which ascend, will be asked for when there
// are n values. The values may give up others then, so that their bytes depend on
// the order in which they are added; what is located does not.
func (v *Values) Seek(ranks func(n int64) []int64) { v.seek, v.nextFocus = ranks, focusAt }

// refocus gives up the keys that are far from the ranks sought.
func (v *Values) refocus() {
	v.nextFocus = v.n * focusAgain
	if v.focus != nil {
		v.focus.reach = max(v.focus.reach/2, leastReach)
		v.narrow(v.focus.reach)
		return
	}
	if spots, spread := v.near(mostReach, 0); spots != nil {
		f := &focus{spots: spots, spread: spread, reach: mostReach}
		f.addAll(v)
		*v = Values{n: v.n, focus: f, seek: v.seek, nextFocus: v.nextFocus}
	}
}

// Focused tells whether only keys near the ranks sought are kept.
func (v *Values) Focused() bool { return v.focus != nil }

// Settle gives up more of the keys because no more are added, or there is too
// little memory for them. The ranks are those of Seek.
func (v *Values) Settle(ranks func(n int64) []int64) {
	if v.focus == nil {
		return
	}
	v.seek = ranks
	v.narrow(leastReach)
}

// narrow makes the spots reach less far.
func (v *Values) narrow(reach float64) {
	if spots, _ := v.near(reach, v.focus.spread); spots != nil {
		reach := v.focus.reach
		v.focus = v.focus.restrict(spots)
		v.focus.reach = reach
	}
}

// near is where the ranks sought will be, as far as the values tell; nil if they
// do not tell, or if it does not pay. spread is 0 if it has to be found out.
func (v *Values) near(reach, spread float64) (spots []spot, _ float64) {
	ranks := sparse(v.seek(v.n))
	if len(ranks) == 0 || len(ranks) > mostSpots {
		return nil, 0
	}
	found, err := v.Locate(ranks)
	if err != nil || !slices.Equal(known(found, ranks), ranks) {
		return nil, 0
	}
	if spread == 0 {
		if spread = v.spread(found); spread == 0 {
			return nil, 0
		}
	}
	n := float64(v.n)
	var ends []int64 // from and to, by rank
	for _, rank := range ranks {
		p := float64(rank) / n
		by := max(reach, spread*caution*math.Sqrt(p*(1-p)/n)+caution/n)
		if by > uselessReach {
			return nil, 0
		}
		ends = append(ends, max(0, rank-int64(by*n)-1), min(v.n-1, rank+int64(by*n)+2))
	}
	inOrder := slices.Clone(ends)
	slices.Sort(inOrder)
	if found, err = v.Locate(slices.Compact(inOrder)); err != nil {
		return nil, 0
	}
	for i := 0; i < len(ends); i += 2 {
		s := spot{low: rangeOf(found, ends[i]).Low, high: rangeOf(found, ends[i+1]).High}
		if ends[i] == 0 {
			s.low = 0
		}
		if ends[i+1] == v.n-1 {
			s.high = ^uint64(0)
		}
		spots = append(spots, s)
	}
	if v.focus != nil { // beside its spots there are no keys to keep
		spots = common(spots, v.focus.spots)
	}
	return join(spots), spread
}

// sparse is ranks without those that follow another at once.
func sparse(ranks []int64) (some []int64) {
	for i, r := range ranks {
		if i == 0 || r > ranks[i-1]+1 {
			some = append(some, r)
		}
	}
	return some
}

// known is those of ascending ranks whose values are known.
func known(found []Range, ranks []int64) (some []int64) {
	for _, rank := range ranks {
		if rangeOf(found, rank).Known() {
			some = append(some, rank)
		}
	}
	return some
}

// rangeOf is the one of ranges, which ascend, that holds a rank; it has to be there.
func rangeOf(ranges []Range, rank int64) Range {
	i := sort.Search(len(ranges), func(i int) bool { return rank < ranges[i].Below+ranges[i].Count })
	return ranges[i]
}

// spread is the worst over known ranks of how much the share of lesser keys varies
// between stretches, beside how much it would with the values in random order; 0
// if there are too few stretches to tell.
func (v *Values) spread(at []Range) float64 {
	worst, stretches := 1.0, 0
	for _, r := range at {
		p := float64(r.Below) / float64(v.n)
		var sum, squares float64
		stretches = 0
		for _, keys := range append(v.full[:len(v.full):len(v.full)], v.tail) {
			for ; len(keys) >= stretch; keys = keys[stretch:] {
				less := 0
				for _, k := range keys[:stretch] {
					if k < r.Low {
						less++
					}
				}
				d := float64(less)/stretch - p
				sum, squares = sum+d, squares+d*d
				stretches++
			}
		}
		if random := p * (1 - p) / stretch; random > 0 {
			worst = max(worst, math.Sqrt(squares/float64(stretches)/random))
		}
	}
	if int64(stretches)*stretch < v.n/2 {
		return 0
	}
	return worst
}

// join joins spots that meet; they ascend. Nothing is in them yet.
func join(spots []spot) (joined []spot) {
	for _, s := range spots {
		if last := len(joined) - 1; last >= 0 && s.low <= joined[last].high {
			joined[last].high = max(joined[last].high, s.high)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// common is the keys that lie in spots of a and of b, as spots with nothing in
// them.
func common(a, b []spot) (both []spot) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if low, high := max(a[i].low, b[j].low), min(a[i].high, b[j].high); low <= high {
			both = append(both, spot{low: low, high: high})
		}
		if a[i].high < b[j].high {
			i++
		} else {
			j++
		}
	}
	return both
}

// add adds keys.
func (f *focus) add(keys []uint64) {
	if len(f.inside) < len(keys) && len(f.spots) > 0 {
		f.inside = make([]uint64, len(keys))
	}
	for i := range f.spots {
		s := &f.spots[i]
		n, below := split(f.inside, keys, s.low, s.high-s.low)
		s.below += int64(below)
		s.values.add(f.inside[:n])
	}
}

// split makes dst, which is no shorter, the keys from low to low+span, and gives
// their number and that of the keys below.
func split(dst, keys []uint64, low, span uint64) (n, below int) {
	dst = dst[:len(keys)]
	for _, k := range keys {
		dst[n] = k
		if k-low <= span {
			n++
		}
		if k < low {
			below++
		}
		if n == len(dst) {
			break
		}
	}
	return n, below
}

// addAll adds the keys that v keeps.
func (f *focus) addAll(v *Values) {
	for i := range f.spots {
		s := &f.spots[i]
		var inside []run
		for _, r := range v.runs {
			switch {
			case r.key < s.low:
				s.below += r.n
			case r.key <= s.high:
				inside = append(inside, r)
				s.values.n += r.n
			}
		}
		s.values.runs = mergeRuns(s.values.runs, inside)
	}
	for _, keys := range v.full {
		for some := range slices.Chunk(keys, stretch) {
			f.add(some)
		}
	}
	for some := range slices.Chunk(v.tail, stretch) {
		f.add(some)
	}
}

// restrict is a focus on spots, each of which lies in one of f. f stays as it is,
// and shares nothing with it.
func (f *focus) restrict(spots []spot) *focus {
	to := &focus{spots: make([]spot, len(spots)), spread: f.spread}
	for i, s := range spots {
		at := slices.IndexFunc(f.spots, func(from spot) bool { return s.low <= from.high })
		one := focus{spots: []spot{{low: s.low, high: s.high, below: f.spots[at].below}}, inside: to.inside}
		one.addAll(&f.spots[at].values)
		to.spots[i], to.inside = one.spots[0], one.inside
	}
	return to
}

// merge adds what from has, which stays as it is. What only one of the two keeps
// is given up.
func (f *focus) merge(from *focus) *focus {
	spots := common(f.spots, from.spots)
	spots = spots[:min(len(spots), mostMergedSpots)]
	to, more := f.restrict(spots), from.restrict(spots)
	to.spread = max(f.spread, from.spread)
	for i := range to.spots {
		s := &to.spots[i]
		s.below += more.spots[i].below
		s.values.Merge(&more.spots[i].values)
	}
	return to
}

// locate finds ranks, which ascend, among n values, above others of which there
// are below.
func (f *focus) locate(below, n int64, ranks []int64) (found []Range, err error) {
	from, low := int64(0), uint64(0) // of the keys that follow a spot
	for i := 0; len(ranks) > 0; i++ {
		gap := Range{Low: low, High: ^uint64(0), Below: below + from, Count: n - from}
		if i < len(f.spots) {
			gap.High, gap.Count = f.spots[i].low-1, f.spots[i].below-from
		}
		if gap.Holds(ranks[0]) {
			found = append(found, gap)
		}
		for len(ranks) > 0 && gap.Holds(ranks[0]) {
			ranks = ranks[1:]
		}
		if i == len(f.spots) {
			break
		}
		s := &f.spots[i]
		in := 0
		for in < len(ranks) && ranks[in] < below+s.end() {
			in++
		}
		more, err := s.values.LocateAbove(below+s.below, ranks[:in])
		if err != nil {
			return nil, err
		}
		found, ranks = append(found, more...), ranks[in:]
		from, low = s.end(), s.high+1
	}
	return found, nil
}

func (f *focus) sizeBytes() int64 {
	size := int64(cap(f.inside)) * 8
	for i := range f.spots {
		size += 160 + f.spots[i].values.SizeBytes()
	}
	return size
}
