//go:build !amd64 || purego

package csvfile

// Without vectors every row is decoded by the loops in floats.go and ints.go,
// and every block is looked at by scanner.

func vectorFloats(f *fields, r int, out []float64) int { return 0 }

func vectorInts(f *fields, r int, out []int64) int { return 0 }

func vectorScan(text []byte, from, to int, comma byte, out []uint32) (blocks, found, newlines int, quotes bool) {
	return 0, 0, 0, false
}

func vectorMasks(text []byte, comma byte, out []blockMasks) bool { return false }
