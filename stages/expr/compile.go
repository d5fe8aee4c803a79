package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
)

// Expr is a compiled expression. It is immutable and safe for concurrent use.
type Expr struct {
	text      string // the expression
	whole     string // the text it is part of, which errors quote
	insts     []*inst
	registers int
	columns   []int
}

// Compile parses text and compiles it for blocks with these columns. An error
// is an *Error.
func Compile(text string, schema block.Schema) (*Expr, error) {
	n, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return compile(text, text, n, schema)
}

// Text is the expression as written.
func (e *Expr) Text() string { return e.text }

// Type is the type of the result. It is Null for an expression that is null
// whatever the columns hold.
func (e *Expr) Type() block.Type { return e.root().typ }

// Columns lists the positions in the schema of the columns that the expression
// names, ascending. Folding may leave some of them unread, such as a in
// if(false, a, b); they count all the same, because where the text is compiled
// again, by a worker for example, their names have to be known.
func (e *Expr) Columns() []int { return e.columns }

// Constant is the value of an expression that is the same for all rows.
func (e *Expr) Constant() (_ Value, ok bool) {
	if k := e.root().konst; k != nil {
		return *k, true
	}
	return Value{}, false
}

// Errorf is an error that points at the expression, for those who need it to be
// of some type.
func (e *Expr) Errorf(format string, args ...any) error {
	return newError(e.whole, e.root().node.Pos, format, args...)
}

func (e *Expr) root() *inst { return e.insts[len(e.insts)-1] }

// compiler builds the instructions of one expression.
type compiler struct {
	text   string
	schema block.Schema
	insts  []*inst
	known  map[string]*inst // by key: what was computed already is not computed again
}

func compile(whole, text string, n *Node, schema block.Schema) (*Expr, error) {
	c := &compiler{text: whole, schema: schema, known: map[string]*inst{}}
	root, err := c.expr(n)
	if err != nil {
		return nil, err
	}
	e := &Expr{text: text, whole: whole}
	if root.node != n { // an alias of a common subexpression: errors point at the whole
		copied := *root
		copied.node = n
		root = &copied
	}
	e.insts = reachable(root)
	for _, in := range c.insts {
		if in.column >= 0 {
			e.columns = append(e.columns, in.column)
		}
	}
	slices.Sort(e.columns)
	e.registers = allocate(e.insts)
	return e, nil
}

// reachable lists what root needs, in order, and numbers it. Constants that
// were folded and conversions that were not needed drop out.
func reachable(root *inst) []*inst {
	var order []*inst
	seen := map[*inst]bool{}
	var visit func(in *inst)
	visit = func(in *inst) {
		if seen[in] {
			return
		}
		seen[in] = true
		for _, a := range in.args {
			visit(a)
		}
		order = append(order, in)
	}
	visit(root)
	for i, in := range order {
		in.id = i
	}
	return order
}

// allocate gives registers to the instructions that compute words, so that few
// stay in cache: a register is free again after the last instruction that reads
// it. An instruction that may fail reads its arguments again to find the rows,
// so it never writes over them.
func allocate(insts []*inst) (registers int) {
	lastUse := make([]int, len(insts))
	for i := len(insts) - 1; i >= 0; i-- {
		in := insts[i]
		lastUse[i] = max(lastUse[i], i)
		if i == len(insts)-1 {
			lastUse[i] = len(insts)
		}
		for _, a := range in.args {
			lastUse[a.id] = max(lastUse[a.id], i)
		}
		if in.alias > 0 { // the result may lie in the argument's register
			a := in.args[in.alias-1]
			lastUse[a.id] = max(lastUse[a.id], lastUse[i])
		}
	}
	var free []int
	frees := make([][]int, len(insts)+1)
	for i, in := range insts {
		if in.fault == nil && in.alias == 0 {
			free = append(free, frees[i]...)
			frees[i] = nil
		}
		if in.konst == nil && in.column < 0 && in.hasWords() {
			if len(free) == 0 {
				free = append(free, registers)
				registers++
			}
			in.register = free[len(free)-1]
			free = free[:len(free)-1]
			frees[lastUse[i]] = append(frees[lastUse[i]], in.register)
		}
		free = append(free, frees[i]...)
	}
	return registers
}

func (in *inst) hasWords() bool {
	switch in.typ.Kind {
	case block.Int, block.Uint, block.Float, block.Date, block.Timestamp:
		return true
	}
	return false
}

// errorf is an error at a node's operator or name.
func (c *compiler) errorf(n *Node, format string, args ...any) error {
	return newError(c.text, n.At, format, args...)
}

// source is a node as it was written.
func (c *compiler) source(n *Node) string { return c.text[n.Pos:n.End] }

// operation is what emit makes an instruction of.
type operation struct {
	name  string // what it computes of which types; equal names and arguments mean equal results
	typ   block.Type
	run   kernel
	fault func(in *inst, args []Value) string
	lazy  bool
	alias int
	bound *bound
}

// emit returns the instruction that applies op to args: one emitted before if
// there is one, a constant if all arguments are.
func (c *compiler) emit(n *Node, op operation, args ...*inst) (*inst, error) {
	key := strings.Builder{}
	fmt.Fprintf(&key, "%s:%v", op.name, op.typ)
	constant := true
	for _, a := range args {
		fmt.Fprintf(&key, " %d", a.id)
		constant = constant && a.konst != nil
	}
	in, ok := c.known[key.String()]
	if ok {
		return in, nil
	}
	in = &inst{
		id: len(c.insts), name: op.name, key: key.String(), typ: op.typ, args: args, node: n, run: op.run, fault: op.fault,
		column: -1, lazy: op.lazy, alias: op.alias, register: -1, bound: op.bound,
	}
	if constant {
		v, err := c.fold(in)
		if err != nil {
			return nil, err
		}
		return c.constant(n, v), nil
	}
	c.add(in)
	return in, nil
}

func (c *compiler) add(in *inst) {
	c.insts = append(c.insts, in)
	c.known[in.key] = in
}

// fold computes an instruction whose arguments are constants.
func (c *compiler) fold(in *inst) (Value, error) {
	insts := make([]*inst, len(in.args)+1)
	for i, a := range append(slices.Clone(in.args), in) {
		copied := *a
		copied.id, copied.register = i, -1
		insts[i] = &copied
	}
	last := insts[len(in.args)]
	last.args = insts[:len(in.args)]
	if last.hasWords() {
		last.register = 0
	}
	e := newEvaluator(insts, 1, 1)
	e.n = 1
	for _, i := range insts {
		e.runOne(i)
	}
	if r := &e.res[last.id]; r.err != nil && r.err[0] {
		args := make([]Value, len(in.args))
		for i, a := range last.args {
			args[i] = e.value(a, 0)
		}
		return Value{}, newError(c.text, in.node.At, "%s", in.fault(in, args))
	}
	return e.value(last, 0), nil
}

// constant is the instruction of a constant.
func (c *compiler) constant(n *Node, v Value) *inst {
	key := fmt.Sprintf("const %v %v %v %v %q", v.Type, v.Null, v.Bool, v.bits(), v.Text)
	if in, ok := c.known[key]; ok && in.node == n {
		return in
	}
	in := &inst{id: len(c.insts), key: key, typ: v.Type, node: n, konst: &v, column: -1, register: -1}
	if known, ok := c.known[key]; ok {
		// The same constant written elsewhere: same number, so that what uses it
		// is still found, but errors point here.
		in.id = known.id
		return in
	}
	c.add(in)
	return in
}

// expr compiles a node.
func (c *compiler) expr(n *Node) (*inst, error) {
	switch n.Op {
	case OpLiteral:
		return c.constant(n, n.Value), nil
	case OpColumn:
		return c.column(n)
	case OpCall:
		return c.call(n)
	}
	args := make([]*inst, len(n.Args))
	for i, a := range n.Args {
		var err error
		if args[i], err = c.expr(a); err != nil {
			return nil, err
		}
	}
	switch n.Op {
	case OpUnary:
		if n.Name == "not" {
			return c.not(n, args[0])
		}
		return c.negate(n, args[0])
	case OpIsNull:
		in, err := c.isNull(n, args[0])
		return c.negatedIf(n.Negated, n, in, err)
	case OpIn:
		in, err := c.inList(n, args[0], args[1:])
		return c.negatedIf(n.Negated, n, in, err)
	case OpBetween:
		low, err := c.compare(n, ">=", args[0], args[1])
		if err != nil {
			return nil, err
		}
		high, err := c.compare(n, "<=", args[0], args[2])
		if err != nil {
			return nil, err
		}
		in, err := c.logic(n, "and", low, high)
		return c.negatedIf(n.Negated, n, in, err)
	}
	switch n.Name {
	case "and", "or":
		return c.logic(n, n.Name, args[0], args[1])
	case "+", "-", "*", "/", "//", "%", "**":
		return c.arithmetic(n, n.Name, args[0], args[1])
	}
	return c.compare(n, n.Name, args[0], args[1])
}

func (c *compiler) negatedIf(negated bool, n *Node, in *inst, err error) (*inst, error) {
	if err != nil || !negated {
		return in, err
	}
	return c.not(n, in)
}

func (c *compiler) column(n *Node) (*inst, error) {
	i := c.schema.Index(n.Name)
	if i < 0 {
		return nil, c.errorf(n, "unknown column %s%s", quoteName(n.Name), columnHint(n.Name, c.schema))
	}
	key := fmt.Sprintf("column %d", i)
	if in, ok := c.known[key]; ok {
		return in, nil
	}
	in := &inst{id: len(c.insts), key: key, typ: c.schema[i].Type, node: n, column: i, register: -1}
	c.add(in)
	return in, nil
}

// columnHint offers the nearest name, or says what columns there are.
func columnHint(name string, schema block.Schema) string {
	names := make([]string, len(schema))
	for i, f := range schema {
		names[i] = f.Name
	}
	if near := didYouMean(name, names); near != "" {
		return near
	}
	if len(names) == 0 {
		return "; there are no columns"
	}
	const shown = 12
	more := ""
	if len(names) > shown {
		more = fmt.Sprintf(" and %d more", len(names)-shown)
		names = names[:shown]
	}
	for i := range names {
		names[i] = quoteName(names[i])
	}
	return "; the columns are " + strings.Join(names, ", ") + more + "; a text is written in quotes"
}
