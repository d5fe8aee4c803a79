//go:build !purego

package exact

var hasKernels = hasAVX2

// squareKernels are the results of all kernels that this machine can run.
func squareKernels(xs []float64, e int) map[string]squareLevels {
	results := map[string]squareLevels{}
	run := func(name string, kernel func(xs *float64, n int, lanes *squareLanes)) {
		lanes := squareLanes{abs: [4]uint64{1<<63 - 1, 1<<63 - 1, 1<<63 - 1, 1<<63 - 1}}
		for i, a := range squareAnchors(e) {
			lanes.anchors[i] = [4]float64{a, a, a, a}
		}
		kernel(&xs[0], len(xs), &lanes)
		results[name] = lanes.levels(e)
	}
	if hasAVX2 {
		run("squaresAVX2", squaresAVX2)
	}
	if hasAVX512 {
		run("squaresAVX512", squaresAVX512)
	}
	return results
}
