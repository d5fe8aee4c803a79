package expr

import (
	"unsafe"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/chunk"
)

// kernel computes one instruction for all rows of a block. out.words and
// out.bools are set to memory for e.n rows as far as the type needs it; masks
// are nil.
type kernel func(e *Evaluator, in *inst, out *result)

// inst is one instruction of a compiled expression. Instructions are in order:
// arguments come before what uses them. They are not changed after compiling,
// so all evaluators of an expression share them.
type inst struct {
	id       int
	name     string // what it computes of its arguments
	key      string // the same with the arguments, for finding common subexpressions
	typ      block.Type
	args     []*inst
	node     *Node
	run      kernel
	fault    func(in *inst, args []Value) string // why it has no value for args; nil if it always has one
	konst    *Value
	column   int    // position in the schema, -1 if no column
	lazy     bool   // if: args[0] decides which other argument counts
	alias    int    // 1 + the argument whose words the result may be, 0 if none
	register int    // where words go, -1 if nowhere
	bound    *bound // comparison of a plain column with constants: what it lets through
}

// result is what an instruction computed. Slices have one element a row.
//
// A row without a value (an overflow, a division by zero) is marked in err and
// goes on; and, or, if and coalesce drop the mark where the operand does not
// count. What is still marked at the end is an error. That way
// if(b != 0, a // b, 0) divides everywhere and fails nowhere.
type result struct {
	words []uint64      // Int, Uint, Float, Date, Timestamp
	bools []bool        // Bool
	text  block.Strings // String
	null  []bool        // nil if none
	err   []bool        // nil if none

	full []uint64 // a constant for all rows, made when first needed
	own  struct{ bools, null, err []bool }
	take []bool
	rows []int32
	mix  *mixedText
	dict *dictTable
}

// Evaluator computes an expression block by block. It owns the memory of all
// intermediate vectors and belongs to one goroutine.
type Evaluator struct {
	expr      *Expr
	insts     []*inst
	block     *block.Block
	n         int // rows of the block
	capacity  int // most rows
	registers [][]uint64
	res       []result
	zeros     []bool // stay false
	vector    block.Vector
}

// Evaluator is a new evaluator of e; each goroutine needs its own.
func (e *Expr) Evaluator() *Evaluator {
	ev := newEvaluator(e.insts, e.registers, block.Rows)
	ev.expr = e
	return ev
}

func newEvaluator(insts []*inst, registers, rows int) *Evaluator {
	e := &Evaluator{insts: insts, capacity: rows, res: make([]result, len(insts))}
	for range registers {
		e.registers = append(e.registers, make([]uint64, rows))
	}
	for _, in := range insts {
		r := &e.res[in.id]
		if in.typ.Kind == block.Bool && in.column < 0 {
			r.own.bools = make([]bool, rows)
		}
		if in.konst != nil {
			e.setConstant(in, r)
		}
	}
	return e
}

// setConstant fills what is cheap to fill; the words of a number wait until a
// kernel asks for them, since most take the constant itself.
func (e *Evaluator) setConstant(in *inst, r *result) {
	if in.konst.Null {
		r.own.null = trues(e.capacity)
	}
	switch in.typ.Kind {
	case block.Bool:
		if in.konst.Bool {
			r.own.bools = trues(e.capacity)
		}
	case block.String:
		r.text = block.Strings{Lit: []byte(in.konst.Text)}
	}
}

func trues(n int) []bool {
	s := make([]bool, n)
	for i := range s {
		s[i] = true
	}
	return s
}

// Eval computes the expression for the rows of b, whose columns are those of
// the schema it was compiled with. The result stays as it is until the next
// Eval of this evaluator or the next Filter or Reset of the block; the caller
// must not change it. A row without a value is a *RowError, the first one of
// the block.
func (e *Evaluator) Eval(b *block.Block) (*block.Vector, error) {
	root := e.insts[len(e.insts)-1]
	if root.column >= 0 {
		return b.Column(root.column), nil
	}
	e.runAll(b)
	r := &e.res[root.id]
	if root.konst != nil {
		e.arg(root, -1)
	}
	for row, failed := range r.err {
		if failed {
			return nil, e.rowError(row)
		}
	}
	v := &e.vector
	*v = block.Vector{Type: root.typ, Len: e.n, Null: r.null}
	if r.null != nil && root.typ.Kind != block.Null && !anyTrue(r.null) {
		v.Null = nil
	}
	switch root.typ.Kind {
	case block.Int, block.Date, block.Timestamp:
		v.Int = as[int64](r.words)
	case block.Uint:
		v.Uint = r.words
	case block.Float:
		v.Float = as[float64](r.words)
	case block.Bool:
		v.Bool = r.bools
	case block.String:
		v.Str = r.text
	}
	return v, nil
}

func (e *Evaluator) runAll(b *block.Block) {
	e.block, e.n = b, b.Len()
	for _, in := range e.insts {
		e.runOne(in)
	}
}

func (e *Evaluator) runOne(in *inst) {
	r := &e.res[in.id]
	switch {
	case in.konst != nil:
		if r.full != nil {
			r.words = r.full[:e.n]
		}
		if r.own.bools != nil {
			r.bools = r.own.bools[:e.n]
		}
		if r.own.null != nil {
			r.null = r.own.null[:e.n]
		}
	case in.column >= 0:
		v := e.block.Column(in.column)
		r.null, r.bools, r.text = v.Null, v.Bool, v.Str
		switch in.typ.Kind {
		case block.Int, block.Date, block.Timestamp:
			r.words = asWords(v.Int)
		case block.Uint:
			r.words = v.Uint
		case block.Float:
			r.words = asWords(v.Float)
		}
	default:
		r.null, r.err = nil, nil
		if in.register >= 0 {
			r.words = e.registers[in.register][:e.n]
		}
		if r.own.bools != nil {
			r.bools = r.own.bools[:e.n]
		}
		in.run(e, in, r)
	}
}

// arg is the result of argument i of in, constants spread over all rows;
// argument -1 is in itself.
func (e *Evaluator) arg(in *inst, i int) *result {
	if i >= 0 {
		in = in.args[i]
	}
	r := &e.res[in.id]
	if in.konst != nil && r.full == nil && r.bools == nil && in.typ.Kind != block.String {
		r.full = make([]uint64, e.capacity)
		for i, w := 0, in.konst.bits(); i < len(r.full); i++ {
			r.full[i] = w
		}
		r.words = r.full[:e.n]
	}
	return r
}

// masks sets the masks of an instruction that is null where any argument is,
// and without a value where any argument is.
func (e *Evaluator) masks(in *inst, out *result) {
	for _, a := range in.args {
		r := &e.res[a.id]
		if r.null != nil {
			out.null = e.union(&out.own.null, out.null, r.null)
		}
		if r.err != nil {
			out.err = e.union(&out.own.err, out.err, r.err)
		}
	}
}

// union is a or b row by row; a may be nil. It writes only to own, so masks are
// passed on without copying where one argument has one.
func (e *Evaluator) union(own *[]bool, a, b []bool) []bool {
	if len(a) == 0 || &a[0] == &b[0] {
		return b
	}
	dst := e.mask(own)
	orBools(dst, a, b)
	return dst
}

// mask is a mask of the instruction's own, contents undefined.
func (e *Evaluator) mask(own *[]bool) []bool {
	if *own == nil {
		*own = make([]bool, e.capacity)
	}
	return (*own)[:e.n]
}

// failures is the err mask of out, made the instruction's own so that it can be
// added to.
func (e *Evaluator) failures(out *result) []bool {
	dst := e.mask(&out.own.err)
	switch {
	case out.err == nil:
		clear(dst)
	case len(dst) > 0 && &out.err[0] != &dst[0]:
		copy(dst, out.err)
	}
	out.err = dst
	return dst
}

// rowError is the error of a row that has no value. The registers that led to
// it may have been reused, so the block is computed once more with a register
// for each instruction, and the instruction found that failed first.
func (e *Evaluator) rowError(row int) error {
	var insts []*inst
	for i, in := range e.insts {
		c := *in
		if c.register >= 0 {
			c.register = i
		}
		insts = append(insts, &c)
	}
	for _, in := range insts {
		in.args = append([]*inst(nil), in.args...)
		for i, a := range in.args {
			in.args[i] = insts[a.id]
		}
	}
	again := newEvaluator(insts, len(insts), block.Rows)
	again.runAll(e.block)
	in := again.origin(insts[len(insts)-1], row)
	args := make([]Value, len(in.args))
	for i, a := range in.args {
		args[i] = again.value(a, row)
	}
	msg := "no value" // unreachable unless a kernel marks what cannot fail
	if in.fault != nil {
		msg = in.fault(in, args)
	}
	return &RowError{Row: row, Err: newError(e.expr.whole, in.node.At, "%s", msg)}
}

// origin is the instruction that made row fail, on the way to in.
func (e *Evaluator) origin(in *inst, row int) *inst {
	failed := func(a *inst) bool {
		r := &e.res[a.id]
		return r.err != nil && r.err[row]
	}
	if in.lazy && !failed(in.args[0]) {
		if c := e.value(in.args[0], row); c.Bool && !c.Null {
			return e.origin(in.args[1], row)
		}
		return e.origin(in.args[2], row)
	}
	for _, a := range in.args {
		if failed(a) {
			return e.origin(a, row)
		}
	}
	return in
}

// value is one row of a result.
func (e *Evaluator) value(in *inst, row int) Value {
	r := e.arg(in, -1)
	v := Value{Type: in.typ, Null: in.typ.Kind == block.Null || r.null != nil && r.null[row]}
	switch {
	case v.Null:
	case in.typ.Kind == block.Bool:
		v.Bool = r.bools[row]
	case in.typ.Kind == block.String:
		v.Text = string(r.text.At(row))
	default:
		null := v.Null
		v = valueOf(in.typ, r.words[row])
		v.Null = null
	}
	return v
}

// word is what a register holds.
type word interface {
	int64 | uint64 | float64
}

// as is words as values of T.
func as[T word](words []uint64) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(words))), len(words))
}

func asWords[T word](values []T) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(values))), len(values))
}

// dictTable remembers what a predicate says of the entries of a dictionary.
type dictTable struct {
	block *block.Block
	pass  uint64
	dict  *chunk.Column
	known []uint8 // by entry: 0 not asked yet, 1 false, 2 true
}
