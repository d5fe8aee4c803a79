//go:build !amd64 || purego

package exact

func addLevels(xs []float64, e int, m method) levels {
	if m == shallow {
		return addLevelsGo(xs, e)
	}
	return addMoreLevelsGo(xs, e)
}

func addSquareLevels(xs []float64, e int) squareLevels { return addSquareLevelsGo(xs, e) }

func addBothLevels(xs []float64, e int) bothLevels { return addBothLevelsGo(xs, e) }

func addIntBlock(vs []int64) (whole uint64, high int64) { return addIntBlockGo(vs) }

func addUintBlock(vs []uint64) (whole, high uint64) { return addUintBlockGo(vs) }

func addWideSquareBlock(vs []int64) IntSquares { return addWideSquareBlockGo(vs) }

func addIntSquareBlock(vs []int64) (low, high uint64, ok bool) { return addIntSquareBlockGo(vs) }
