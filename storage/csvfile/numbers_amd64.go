//go:build !purego

package csvfile

// numberTables is what the kernels look up, laid out as they expect it.
type numberTables struct {
	keep    [maxVectorDigits + 1][16]byte
	squeeze [maxVectorDigits + 1][16]byte
	powers  [2][maxVectorDigits + 1]float64
}

// maxVectorDigits is how long a number may be that the kernels read, without its
// sign.
const maxVectorDigits = 16

var tables = makeNumberTables()

func makeNumberTables() *numberTables {
	t := new(numberTables)
	for n := range t.keep {
		for i := 16 - n; i < 16; i++ {
			t.keep[n][i] = 0xff
		}
	}
	for point := range t.squeeze {
		for i := range 16 {
			from := i
			if i <= point && point < 16 {
				from = i - 1 // -1 gives a zero
			}
			t.squeeze[point][i] = byte(from)
		}
		t.powers[0][point] = pow10[max(15-point, 0)]
		t.powers[1][point] = -pow10[max(15-point, 0)]
	}
	return t
}

//go:noescape
func floatsAVX2(text *byte, at *uint32, strideBytes, groups int, out *float64, tables *numberTables) (rows int)

//go:noescape
func intsAVX2(text *byte, at *uint32, strideBytes, groups int, out *int64, tables *numberTables) (rows int)

// vectorFloats decodes rows of f from row r on into out[r:], and returns how
// many. Where it stops, one of the next four rows is not digits with at most
// one point and a minus before them, 16 characters in all, or fewer than four
// are left.
func vectorFloats(f *fields, r int, out []float64) int {
	groups := (len(out) - r) / 4
	if !hasAVX2 || groups == 0 {
		return 0
	}
	return floatsAVX2((*byte)(f.base), &f.at[r*f.stride], 4*f.stride, groups, &out[r], tables)
}

// vectorInts is vectorFloats for digits without a point.
func vectorInts(f *fields, r int, out []int64) int {
	groups := (len(out) - r) / 4
	if !hasAVX2 || groups == 0 {
		return 0
	}
	return intsAVX2((*byte)(f.base), &f.at[r*f.stride], 4*f.stride, groups, &out[r], tables)
}
