package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
)

// Op is what a Node does.
type Op uint8

// The nodes of a parsed expression.
const (
	OpLiteral Op = iota // Value
	OpColumn            // Name
	OpCall              // Name, Args
	OpUnary             // Name is "-" or "not", one Arg
	OpBinary            // Name is the operator, two Args
	OpIsNull            // one Arg; Negated: is not null
	OpIn                // Args[0] in the others; Negated: not in
	OpBetween           // Args[0] between Args[1] and Args[2]; Negated: not between
)

// Node is an expression as it was written.
type Node struct {
	Op       Op
	Name     string
	Negated  bool
	Value    Value
	Args     []*Node
	Pos, End int // bytes of the text that the expression spans
	At       int // byte that an error about the node points at: its operator or name
}

// Parse reads one expression. An error is an *Error.
func Parse(text string) (*Node, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.unexpected(t, "an operator or the end")
	}
	return n, nil
}

// maxDepth is how deep parentheses, calls and prefix operators may nest.
const maxDepth = 200

type parser struct {
	text   string
	tokens []token
	next   int
	depth  int
}

func newParser(text string) (*parser, error) {
	tokens, err := lex(text)
	return &parser{text: text, tokens: tokens}, err
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) advance() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// isOp tells whether t is one of the operators.
func (t token) isOp(ops ...string) bool {
	if t.kind == tokenOp {
		for _, op := range ops {
			if t.text == op {
				return true
			}
		}
	}
	return false
}

func (p *parser) accept(op string) bool {
	if p.peek().isOp(op) {
		p.next++
		return true
	}
	return false
}

func (p *parser) acceptKeyword(k string) bool {
	if p.peek().keyword() == k {
		p.next++
		return true
	}
	return false
}

func (p *parser) fail(offset int, format string, args ...any) error {
	return &Error{Text: p.text, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) unexpected(t token, want string) error {
	if t.kind == tokenEnd {
		if strings.TrimSpace(p.text) == "" {
			return p.fail(0, "an expression is missing")
		}
		return p.fail(t.pos, "ends too soon: expected %s", want)
	}
	return p.fail(t.pos, "expected %s, not %s", want, t)
}

func (p *parser) expect(op, where string) error {
	if t := p.peek(); !p.accept(op) {
		return p.unexpected(t, op+" "+where)
	}
	return nil
}

// enter guards the recursion; leave undoes it.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.peek().pos, "nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// expression reads the loosest level, or.
func (p *parser) expression() (*Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.leftAssociative(p.conjunction, func(t token) string {
		if t.isOp("||") || t.keyword() == "or" {
			return "or"
		}
		return ""
	})
}

func (p *parser) conjunction() (*Node, error) {
	return p.leftAssociative(p.negation, func(t token) string {
		if t.isOp("&&") || t.keyword() == "and" {
			return "and"
		}
		return ""
	})
}

// leftAssociative reads operands of the next tighter level between operators
// that name recognises.
func (p *parser) leftAssociative(operand func() (*Node, error), name func(token) string) (*Node, error) {
	left, err := operand()
	for err == nil {
		t := p.peek()
		op := name(t)
		if op == "" {
			return left, nil
		}
		p.next++
		var right *Node
		if right, err = operand(); err == nil {
			left = &Node{Op: OpBinary, Name: op, Args: []*Node{left, right}, Pos: left.Pos, End: right.End, At: t.pos}
		}
	}
	return nil, err
}

func (p *parser) negation() (*Node, error) {
	t := p.peek()
	if !p.acceptKeyword("not") {
		return p.comparison()
	}
	return p.prefix("not", t, p.negation)
}

func (p *parser) prefix(name string, t token, operand func() (*Node, error)) (*Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	arg, err := operand()
	if err != nil {
		return nil, err
	}
	return &Node{Op: OpUnary, Name: name, Args: []*Node{arg}, Pos: t.pos, End: arg.End, At: t.pos}, nil
}

// comparisonOps maps what may be written to the one name of the operator.
var comparisonOps = map[string]string{
	"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}

// comparison reads at most one comparison: they do not chain.
func (p *parser) comparison() (*Node, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	n, err := p.comparisonOf(left)
	if err != nil || n == left {
		return n, err
	}
	t := p.peek()
	switch k := t.keyword(); {
	case t.kind == tokenOp && comparisonOps[t.text] != "":
		return nil, p.fail(t.pos, "comparisons do not chain; write a < b and b < c, or use parentheses")
	case k == "is" || k == "in" || k == "between" || k == "not":
		return nil, p.fail(t.pos, "comparisons do not chain; use parentheses")
	}
	return n, nil
}

func (p *parser) comparisonOf(left *Node) (*Node, error) {
	t := p.peek()
	if op := comparisonOps[t.text]; op != "" && t.kind == tokenOp {
		p.next++
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		return &Node{Op: OpBinary, Name: op, Args: []*Node{left, right}, Pos: left.Pos, End: right.End, At: t.pos}, nil
	}
	if p.acceptKeyword("is") {
		n := &Node{Op: OpIsNull, Args: []*Node{left}, Pos: left.Pos, At: t.pos}
		n.Negated = p.acceptKeyword("not")
		n.End = p.peek().end
		if end := p.peek(); !p.acceptKeyword("null") {
			return nil, p.unexpected(end, "null after is")
		}
		return n, nil
	}
	negated := false
	if t.keyword() == "not" {
		if after := p.tokens[p.next+1].keyword(); after != "in" && after != "between" {
			return left, nil // the caller finds that not is out of place
		}
		p.next++
		negated = true
	}
	switch {
	case p.acceptKeyword("in"):
		return p.inList(left, t, negated)
	case p.acceptKeyword("between"):
		low, err := p.sum()
		if err != nil {
			return nil, err
		}
		if end := p.peek(); !p.acceptKeyword("and") {
			return nil, p.unexpected(end, "and after between")
		}
		high, err := p.sum()
		if err != nil {
			return nil, err
		}
		return &Node{Op: OpBetween, Negated: negated, Args: []*Node{left, low, high}, Pos: left.Pos, End: high.End, At: t.pos}, nil
	}
	return left, nil
}

func (p *parser) inList(left *Node, t token, negated bool) (*Node, error) {
	if err := p.expect("(", "before the list of in"); err != nil {
		return nil, err
	}
	if p.peek().isOp(")") {
		return nil, p.fail(p.peek().pos, "the list of in is empty")
	}
	n := &Node{Op: OpIn, Negated: negated, Args: []*Node{left}, Pos: left.Pos, At: t.pos}
	for {
		item, err := p.expression()
		if err != nil {
			return nil, err
		}
		n.Args = append(n.Args, item)
		n.End = p.peek().end
		if !p.accept(",") {
			return n, p.expect(")", "after the list of in")
		}
	}
}

func (p *parser) sum() (*Node, error) {
	return p.leftAssociative(p.product, func(t token) string {
		if t.isOp("+", "-") {
			return t.text
		}
		return ""
	})
}

func (p *parser) product() (*Node, error) {
	return p.leftAssociative(p.unary, func(t token) string {
		if t.isOp("*", "/", "//", "%") {
			return t.text
		}
		return ""
	})
}

func (p *parser) unary() (*Node, error) {
	t := p.peek()
	switch {
	case p.accept("-"):
		return p.prefix("-", t, p.unary)
	case p.accept("!"):
		return p.prefix("not", t, p.unary)
	case p.accept("+"):
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		return p.unary()
	}
	return p.power()
}

// power binds tighter than a minus before it and looser than one after it, and
// associates to the right: -2 ** -3 ** 2 is -(2 ** (-(3 ** 2))).
func (p *parser) power() (*Node, error) {
	base, err := p.primary()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if !p.accept("**") {
		return base, nil
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	exponent, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &Node{Op: OpBinary, Name: "**", Args: []*Node{base, exponent}, Pos: base.Pos, End: exponent.End, At: t.pos}, nil
}

func (p *parser) primary() (*Node, error) {
	t := p.advance()
	literal := func(v Value) (*Node, error) {
		return &Node{Op: OpLiteral, Value: v, Pos: t.pos, End: t.end, At: t.pos}, nil
	}
	switch t.kind {
	case tokenInt, tokenFloat:
		v, err := number(t)
		if err != nil {
			return nil, p.fail(t.pos, "%v", err)
		}
		return literal(v)
	case tokenText:
		return literal(Value{Type: block.Type{Kind: block.String}, Text: t.text})
	case tokenQuoted:
		return &Node{Op: OpColumn, Name: t.text, Pos: t.pos, End: t.end, At: t.pos}, nil
	case tokenName:
		switch k := t.keyword(); k {
		case "true", "false":
			return literal(Value{Type: block.Type{Kind: block.Bool}, Bool: k == "true"})
		case "null":
			return literal(Value{Null: true})
		case "":
			if p.accept("(") {
				return p.call(t)
			}
			return &Node{Op: OpColumn, Name: t.text, Pos: t.pos, End: t.end, At: t.pos}, nil
		case "not":
			return nil, p.fail(t.pos, "not binds looser than the operator before it; put it in parentheses, or write !")
		default:
			return nil, p.fail(t.pos, "expected a value, not the keyword %s; a column of that name is written `%s`", k, t.text)
		}
	case tokenOp:
		if t.text == "(" {
			return p.parenthesised(t)
		}
	}
	return nil, p.unexpected(t, "a value")
}

func (p *parser) parenthesised(open token) (*Node, error) {
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	end := p.peek().end
	if err := p.expect(")", "to close ("); err != nil {
		return nil, err
	}
	n.Pos, n.End = open.pos, end
	return n, nil
}

// call reads the arguments of a function after its opening parenthesis.
func (p *parser) call(name token) (*Node, error) {
	n := &Node{Op: OpCall, Name: name.text, Pos: name.pos, At: name.pos}
	n.End = p.peek().end
	if p.accept(")") {
		return n, nil
	}
	for {
		arg, err := p.expression()
		if err != nil {
			return nil, err
		}
		n.Args = append(n.Args, arg)
		n.End = p.peek().end
		if !p.accept(",") {
			return n, p.expect(")", "to close "+name.text+"(")
		}
	}
}

// number is the value of a numeric literal: int64 where it fits, else uint64.
func number(t token) (Value, error) {
	if t.kind == tokenFloat {
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%s is beyond the largest float64", t.text)
		}
		return Value{Type: block.Type{Kind: block.Float}, Float: f}, nil
	}
	digits, base := t.text, 10
	if len(digits) > 2 && digits[1]|0x20 == 'x' {
		digits, base = digits[2:], 16
	}
	u, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return Value{}, fmt.Errorf("%s is beyond the largest uint64; write it as a float: %.6g", t.text, approx(digits, base))
	}
	if u > math.MaxInt64 {
		return Value{Type: block.Type{Kind: block.Uint}, Uint: u}, nil
	}
	return Value{Type: block.Type{Kind: block.Int}, Int: int64(u)}, nil
}

func approx(digits string, base int) float64 {
	f := 0.0
	for _, c := range strings.ToLower(digits) {
		d := strings.IndexRune("0123456789abcdef", c)
		f = f*float64(base) + float64(d)
	}
	return f
}
