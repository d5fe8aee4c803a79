package agg

// pair joins those states of an input that take runs together, as both come of one
// look at the values: the minimum and the maximum, and the sum and the sum of squares.
func pair(states []State) {
	var least, greatest *extremes
	var sums *floatSums
	var squares *floatSquares
	for _, s := range states {
		switch s := s.(type) {
		case *extremes:
			if s.flip == 0 {
				least = s
			} else {
				greatest = s
			}
		case *floatSums:
			sums = s
		case *floatSquares:
			squares = s
		}
	}
	if least != nil && greatest != nil {
		least.twin, greatest.led = greatest, true
	}
	if sums != nil && squares != nil {
		sums.twin, squares.led = squares, true
	}
}
