package expr

import "unsafe"

// The adapters here turn loops over typed slices into kernels. A loop has a
// name and stands on its own in the other files: the compiler then specialises
// it for its types, and nothing in it is called through a pointer.

// map1 is a kernel for a loop over one argument.
func map1[R, A word](loop func(dst []R, a []A)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := e.arg(in, 0)
		e.masks(in, out)
		loop(as[R](out.words), as[A](a.words))
	}
}

// map2 is a kernel for a loop over two arguments.
func map2[R, A, B word](loop func(dst []R, a []A, b []B)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a, b := e.arg(in, 0), e.arg(in, 1)
		e.masks(in, out)
		loop(as[R](out.words), as[A](a.words), as[B](b.words))
	}
}

// mapK is map2 with a constant as the second argument.
func mapK[R, A, B word](k B, loop func(dst []R, a []A, k B)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := e.arg(in, 0)
		e.masks(in, out)
		loop(as[R](out.words), as[A](a.words), k)
	}
}

// mapKFirst is map2 with a constant as the first argument.
func mapKFirst[R, A, B word](k A, loop func(dst []R, k A, b []B)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		b := e.arg(in, 1)
		e.masks(in, out)
		loop(as[R](out.words), k, as[B](b.words))
	}
}

// test1 is a kernel for a predicate of one argument.
func test1[A word](loop func(dst []bool, a []A)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := e.arg(in, 0)
		e.masks(in, out)
		loop(out.bools, as[A](a.words))
	}
}

// test2 is a kernel for a predicate of two arguments.
func test2[A, B word](loop func(dst []bool, a []A, b []B)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a, b := e.arg(in, 0), e.arg(in, 1)
		e.masks(in, out)
		loop(out.bools, as[A](a.words), as[B](b.words))
	}
}

// testK is test2 with a constant as the second argument.
func testK[A, B word](k B, loop func(dst []bool, a []A, k B)) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := e.arg(in, 0)
		e.masks(in, out)
		loop(out.bools, as[A](a.words), k)
	}
}

// checked1 is map1 for what does not have a value everywhere. The loop tells
// whether any row may lack one; only then fails is asked row by row.
func checked1[R, A word](loop func(dst []R, a []A) bool, fails func(a A) bool) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := as[A](e.arg(in, 0).words)
		e.masks(in, out)
		if loop(as[R](out.words), a) {
			mark(e, out, func(i int) bool { return fails(a[i]) })
		}
	}
}

// checked2 is checked1 for two arguments.
func checked2[R, A, B word](loop func(dst []R, a []A, b []B) bool, fails func(a A, b B) bool) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a, b := as[A](e.arg(in, 0).words), as[B](e.arg(in, 1).words)
		e.masks(in, out)
		if loop(as[R](out.words), a, b) {
			mark(e, out, func(i int) bool { return fails(a[i], b[i]) })
		}
	}
}

// checkedK is checked2 with a constant as the second argument.
func checkedK[R, A, B word](k B, loop func(dst []R, a []A, k B) bool, fails func(a A, b B) bool) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		a := as[A](e.arg(in, 0).words)
		e.masks(in, out)
		if loop(as[R](out.words), a, k) {
			mark(e, out, func(i int) bool { return fails(a[i], k) })
		}
	}
}

// mark marks the rows that fail and are not null: a null row holds any value.
func mark(e *Evaluator, out *result, fails func(i int) bool) {
	var errs []bool
	for i := range e.n {
		if (out.null == nil || !out.null[i]) && fails(i) {
			if errs == nil {
				errs = e.failures(out)
			}
			errs[i] = true
		}
	}
}

// eachOf is a checked2 loop that calls f for each row, for operations that take
// far longer than the call.
func eachOf[R, A, B word](f func(a A, b B) (R, bool)) func(dst []R, a []A, b []B) bool {
	return func(dst []R, a []A, b []B) bool {
		good := true
		for i := range dst {
			r, ok := f(a[i], b[i])
			dst[i] = r
			good = good && ok
		}
		return !good
	}
}

// each is a map1 loop that calls f for each row.
func each[R, A word](f func(A) R) func(dst []R, a []A) {
	return func(dst []R, a []A) {
		for i, v := range a {
			dst[i] = f(v)
		}
	}
}

// raw is a mask as bytes, which are 0 and 1.
func raw(s []bool) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// eights is a mask as words of eight rows, and the rows left over. Masks begin
// where they may; the processors that weir runs on load words from anywhere.
func eights(s []bool) ([]uint64, []byte) {
	b := raw(s)
	if len(b) < 8 {
		return nil, b
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/8), b[len(b)&^7:]
}

func orBools(dst, a, b []bool) {
	d, dRest := eights(dst)
	x, xRest := eights(a)
	y, yRest := eights(b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = x[i] | y[i]
	}
	for i := range dRest {
		dRest[i] = xRest[i] | yRest[i]
	}
}

// flipBools sets dst to not a.
func flipBools(dst, a []bool) {
	d, dRest := eights(dst)
	x, xRest := eights(a)
	x = x[:len(d)]
	for i := range d {
		d[i] = x[i] ^ ones
	}
	for i := range dRest {
		dRest[i] = xRest[i] ^ 1
	}
}

// andNotBools sets dst to a and not b.
func andNotBools(dst, a, b []bool) {
	d, dRest := eights(dst)
	x, xRest := eights(a)
	y, yRest := eights(b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = x[i] &^ y[i]
	}
	for i := range dRest {
		dRest[i] = xRest[i] &^ yRest[i]
	}
}

// chooseBools sets dst to a where take is true, to b elsewhere.
func chooseBools(dst, take, a, b []bool) {
	d, dRest := eights(dst)
	t, tRest := eights(take)
	x, xRest := eights(a)
	y, yRest := eights(b)
	t, x, y = t[:len(d)], x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = x[i]&t[i] | y[i]&^t[i]
	}
	for i := range dRest {
		dRest[i] = xRest[i]&tRest[i] | yRest[i]&^tRest[i]
	}
}

// ones is true in eight rows.
const ones = 0x0101010101010101

func anyTrue(s []bool) bool {
	words, rest := eights(s)
	for _, w := range words {
		if w != 0 {
			return true
		}
	}
	for _, v := range rest {
		if v != 0 {
			return true
		}
	}
	return false
}
