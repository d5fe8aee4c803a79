//go:build !amd64 || purego

package exact

func addLevels(xs []float64, e int) levels { return addLevelsGo(xs, e) }

func addSquareLevels(xs []float64, e int) squareLevels { return addSquareLevelsGo(xs, e) }
