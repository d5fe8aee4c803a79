package exact

// minBlock is the length from which a block pays for its fixed costs, some 40
// ns for a sum and 140 for squares.
const minBlock = 32

// AddSlice adds every value of xs. It is fastest for slices of a multiple of
// 16 values, from a few hundred on.
func (s *Sum) AddSlice(xs []float64) {
	for len(xs) >= minBlock {
		n := min(len(xs), blockLen) &^ (blockStep - 1)
		s.f.addBlock(xs[:n])
		xs = xs[n:]
	}
	for _, x := range xs {
		s.Add(x)
	}
}

// AddSlice adds x*x for every x of xs. It is fastest for slices of a multiple
// of 16 values, from a few hundred on.
func (s *Squares) AddSlice(xs []float64) {
	for len(xs) >= minBlock {
		n := min(len(xs), blockLen) &^ (blockStep - 1)
		s.f.addSquareBlock(xs[:n])
		xs = xs[n:]
	}
	for _, x := range xs {
		s.Add(x)
	}
}

// method is how the last block was added that was not like the one before.
type method uint8

const (
	shallow method = iota // two levels
	deep                  // three levels
	spread                // value by value
)

// lasting is for how many blocks another method than shallow is used before
// shallow is tried again.
const lasting = 15

// learned is what blocks have taught for the next. It is no part of a value.
type learned struct {
	top    int16 // every |x| < 2^top
	method method
	blocks uint8 // for which method still holds
}

// next is the method for a block.
func (l *learned) next() method {
	if l.blocks == 0 {
		return shallow
	}
	l.blocks--
	return l.method
}

func (l *learned) use(m method, top int) {
	l.top, l.method, l.blocks = int16(top), m, lasting
	if m == shallow {
		l.blocks = 0
	}
}

// addBlock adds a multiple of blockStep values, at most blockLen.
func (f *fixed) addBlock(xs []float64) {
	m := f.learned.next()
	if m == spread {
		f.addSpread(xs)
		return
	}
	e := max(int(f.learned.top), minLevel)
	l := addLevels(xs, e, m)
	if !l.fit(e) {
		// One binade more than this block needs, for the blocks to come.
		fitting := max(exponentAbove(l.max)+1, minLevel)
		if fitting > maxLevel {
			f.learned.use(spread, 0)
			f.addSpread(xs)
			return
		}
		if fitting == e {
			m++ // as it was not the size, something was left
		}
		for e = fitting; m < spread; m++ {
			if l = addLevels(xs, e, m); l.fit(e) {
				break
			}
		}
		f.learned.use(m, e)
		if m == spread {
			f.addSpread(xs)
			return
		}
	}
	for i, sum := range l.sums {
		f.addScaled(sum, levelExponent(e, i))
	}
}

// addSquareBlock adds the squares of a multiple of blockStep values, at most blockLen.
func (f *fixed) addSquareBlock(xs []float64) {
	if f.learned.next() == spread {
		f.addProductSpread(xs, xs)
		return
	}
	e := max(int(f.learned.top), minSquareLevel)
	l := addSquareLevels(xs, e)
	if !l.fit(e) {
		fitting := max(exponentAbove(l.max)+1, minSquareLevel)
		if fitting <= maxSquareLevel && fitting != e {
			e = fitting
			l = addSquareLevels(xs, e)
		}
		if fitting > maxSquareLevel || !l.fit(e) {
			f.learned.use(spread, 0)
			f.addProductSpread(xs, xs)
			return
		}
		f.learned.use(shallow, e)
	}
	for k, sum := range l.sums {
		f.addScaled(sum, squareExponent(e, k))
	}
}
