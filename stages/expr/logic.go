package expr

import (
	"encoding/binary"

	"github.com/weir-pipeline/weir/stages/block"
)

// conjunction and disjunction follow Kleene: null is a truth not known. An
// operand counts only where the other does not decide: for and where the other
// is true, for or where it is false; elsewhere its failure is forgotten. A
// failed operand is therefore treated as null first, and the row fails where
// the other one leaves the decision to it.
//
// Masks are eight rows to a word; x, y are values, nx, ny nulls, ex, ey fails.

func conjunction(e *Evaluator, in *inst, out *result) { kleene(e, in, out, 0) }

func disjunction(e *Evaluator, in *inst, out *result) { kleene(e, in, out, ones) }

// kleene computes and; or is and between negations, which flip does.
func kleene(e *Evaluator, in *inst, out *result, flip uint64) {
	a, b := &e.res[in.args[0].id], &e.res[in.args[1].id]
	if a.null == nil && b.null == nil && a.err == nil && b.err == nil {
		kleeneValues(out.bools, a.bools, b.bools, flip)
		return
	}
	nulls := e.mask(&out.own.null)
	if a.err == nil && b.err == nil {
		kleeneNulls(out.bools, nulls, a.bools, b.bools, e.orZeros(a.null), e.orZeros(b.null), flip)
		out.null = nulls
		return
	}
	errs := e.mask(&out.own.err)
	for i := 0; i < e.n; i += 8 {
		nx, ny, ex, ey := load8(a.null, i), load8(b.null, i), load8(a.err, i), load8(b.err, i)
		nx, ny = nx|ex, ny|ey
		u, v := (load8(a.bools, i)^flip)|nx, (load8(b.bools, i)^flip)|ny
		value := u & v // 1 unless one of them is surely 0
		store8(out.bools, i, value^flip)
		store8(nulls, i, (nx|ny)&value)
		store8(errs, i, ex&ey|ex&v&^ny|ey&u&^nx)
	}
	out.null, out.err = nulls, errs
}

// kleeneValues is the loop of kleene without masks.
func kleeneValues(dst, a, b []bool, flip uint64) {
	d, dRest := eights(dst)
	x, xRest := eights(a)
	y, yRest := eights(b)
	x, y = x[:len(d)], y[:len(d)]
	for i := range d {
		d[i] = (x[i]^flip)&(y[i]^flip) ^ flip
	}
	for i := range dRest {
		dRest[i] = (xRest[i]^byte(flip))&(yRest[i]^byte(flip)) ^ byte(flip)
	}
}

// kleeneNulls is the loop of kleene where nothing failed.
func kleeneNulls(dst, nulls, a, b, aNull, bNull []bool, flip uint64) {
	d, dRest := eights(dst)
	n, nRest := eights(nulls)
	x, xRest := eights(a)
	y, yRest := eights(b)
	nx, nxRest := eights(aNull)
	ny, nyRest := eights(bNull)
	n, x, y, nx, ny = n[:len(d)], x[:len(d)], y[:len(d)], nx[:len(d)], ny[:len(d)]
	for i := range d {
		value := (x[i] ^ flip | nx[i]) & (y[i] ^ flip | ny[i])
		d[i], n[i] = value^flip, (nx[i]|ny[i])&value
	}
	for i := range dRest {
		value := (xRest[i] ^ byte(flip) | nxRest[i]) & (yRest[i] ^ byte(flip) | nyRest[i])
		dRest[i], nRest[i] = value^byte(flip), (nxRest[i]|nyRest[i])&value
	}
}

// orZeros is a mask, or one without a true row.
func (e *Evaluator) orZeros(mask []bool) []bool {
	if mask != nil {
		return mask
	}
	if e.zeros == nil {
		e.zeros = make([]bool, e.capacity)
	}
	return e.zeros[:e.n]
}

// load8 is eight rows of a mask, fewer at its end, zeros if it is nil.
func load8(s []bool, i int) uint64 {
	if s == nil {
		return 0
	}
	b := raw(s)[i:]
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	var w uint64
	for k, v := range b {
		w |= uint64(v) << (8 * k)
	}
	return w
}

func store8(s []bool, i int, w uint64) {
	b := raw(s)[i:]
	if len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, w)
		return
	}
	for k := range b {
		b[k] = byte(w >> (8 * k))
	}
}

func negation(e *Evaluator, in *inst, out *result) {
	e.masks(in, out)
	flipBools(out.bools, e.res[in.args[0].id].bools)
}

// isNull is never null itself.
func isNull(e *Evaluator, in *inst, out *result) {
	e.masks(in, out)
	if out.null != nil {
		copy(out.bools, out.null)
	} else {
		clear(out.bools)
	}
	out.null = nil
}

// equalBools compares truth values.
func equalBools(e *Evaluator, in *inst, out *result) {
	e.masks(in, out)
	a, b := e.res[in.args[0].id].bools, e.res[in.args[1].id].bools
	for i := range out.bools {
		out.bools[i] = a[i] == b[i]
	}
}

// fill makes a predicate that has the same outcome for all rows that are not null.
func fill(outcome bool) kernel {
	return func(e *Evaluator, in *inst, out *result) {
		e.masks(in, out)
		for i := range out.bools {
			out.bools[i] = outcome
		}
	}
}

// choose is if(c, a, b): a where c is true, b where it is false or null. The
// branch not taken counts neither with its nulls nor with its failures.
func choose(e *Evaluator, in *inst, out *result) {
	c, a, b := &e.res[in.args[0].id], e.arg(in, 1), e.arg(in, 2)
	take := c.bools
	if c.null != nil {
		take = out.scratch(e)
		andNotBools(take, c.bools, c.null)
	}
	out.err = e.chooseMask(&out.own.err, take, a.err, b.err)
	if c.err != nil {
		out.err = e.union(&out.own.err, out.err, c.err)
	}
	e.chooseValues(in, out, take, a, b)
}

// either is coalesce(a, b): a where it is not null, else b.
func either(e *Evaluator, in *inst, out *result) {
	a, b := e.arg(in, 0), e.arg(in, 1)
	if a.null == nil {
		out.words, out.text, out.err = a.words, a.text, a.err
		if in.typ.Kind == block.Bool {
			copy(out.bools, a.bools)
		}
		return
	}
	take := out.scratch(e)
	flipBools(take, a.null)
	if b.err != nil {
		// Where a failed its null mask says nothing, and it is a that fails.
		out.err = e.chooseMask(&out.own.err, take, nil, b.err)
	}
	if a.err != nil {
		out.err = e.union(&out.own.err, out.err, a.err)
	}
	e.chooseValues(in, out, take, a, b)
}

// chooseValues sets values and nulls of out to those of a where take, else b.
func (e *Evaluator) chooseValues(in *inst, out *result, take []bool, a, b *result) {
	out.null = e.chooseMask(&out.own.null, take, a.null, b.null)
	switch in.typ.Kind {
	case block.Null:
	case block.Bool:
		chooseBools(out.bools, take, a.bools, b.bools)
	case block.String:
		e.chooseText(out, take, a, b)
	default:
		chooseWords(out.words, take, a.words, b.words)
	}
}

// chooseMask is one mask or the other row by row; nil if both are.
func (e *Evaluator) chooseMask(own *[]bool, take, a, b []bool) []bool {
	if a == nil && b == nil {
		return nil
	}
	dst := e.mask(own)
	chooseBools(dst, take, e.orZeros(a), e.orZeros(b))
	return dst
}

// chooseWords picks without a branch, which would be mispredicted.
func chooseWords(dst []uint64, take []bool, a, b []uint64) {
	t := raw(take)[:len(dst)]
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		mask := -uint64(t[i])
		dst[i] = b[i] ^ mask&(a[i]^b[i])
	}
}

// scratch is a mask of out's own besides values, nulls and failures.
func (r *result) scratch(e *Evaluator) []bool {
	if r.take == nil {
		r.take = make([]bool, e.capacity)
	}
	return r.take[:e.n]
}
