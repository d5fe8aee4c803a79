package expr

import (
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
)

// Call is one call in a list of aggregates such as `sum(x*x) as s, count()`.
// Which functions there are, and how many arguments they take, is not decided
// here.
type Call struct {
	Func   string // in lower case
	Args   []Arg
	Name   string // of the output column: what follows as, else the call as written
	Offset int    // byte of the list at which the call begins
	list   string
}

// Errorf is an error that points at the call in its list.
func (c Call) Errorf(format string, args ...any) error {
	return newError(c.list, c.Offset, format, args...)
}

// Arg is an argument of a Call: an expression.
type Arg struct {
	Text   string // as written
	Offset int    // byte of the list at which Text begins
	list   string
	node   *Node
}

// Compile compiles the argument. Errors point into the whole list.
func (a Arg) Compile(schema block.Schema) (*Expr, error) {
	return compile(a.list, a.Text, a.node, schema)
}

// Errorf is an error that points at the argument in its list.
func (a Arg) Errorf(format string, args ...any) error {
	return newError(a.list, a.Offset, format, args...)
}

// Name is a name in a list of columns.
type Name struct {
	Name   string
	Offset int // byte of the list at which it begins
	list   string
}

// Errorf is an error that points at the name in its list.
func (n Name) Errorf(format string, args ...any) error {
	return newError(n.list, n.Offset, format, args...)
}

// Index is the position of the column in the schema. An unknown name is an
// error that offers the nearest.
func (n Name) Index(schema block.Schema) (int, error) {
	if i := schema.Index(n.Name); i >= 0 {
		return i, nil
	}
	return -1, n.Errorf("unknown column %s%s", quoteName(n.Name), columnHint(n.Name, schema))
}

// ParseAggs reads a comma-separated list of calls, each with an optional name:
// `sum(x*x) as s, quantile(y, 0.5)`. Output names must differ.
func ParseAggs(text string) ([]Call, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	var calls []Call
	taken := map[string]bool{}
	for {
		c, err := p.aggregate()
		if err != nil {
			return nil, err
		}
		if taken[c.Name] {
			return nil, c.Errorf("two columns would be called %s; name one of them with as", quoteName(c.Name))
		}
		taken[c.Name] = true
		calls = append(calls, c)
		if t := p.peek(); !p.accept(",") {
			if t.kind != tokenEnd {
				return nil, p.unexpected(t, "a comma, as or the end")
			}
			return calls, nil
		}
	}
}

func (p *parser) aggregate() (Call, error) {
	t := p.advance()
	if t.kind != tokenName || t.keyword() != "" || !p.peek().isOp("(") {
		if t.kind == tokenEnd && len(p.tokens) == 1 {
			return Call{}, p.fail(0, "an aggregate is missing, such as sum(x) or count()")
		}
		return Call{}, p.fail(t.pos, "expected an aggregate such as sum(x) or count(), not %s", t)
	}
	p.next++
	n, err := p.call(t)
	if err != nil {
		return Call{}, err
	}
	c := Call{Func: strings.ToLower(n.Name), Name: p.text[n.Pos:n.End], Offset: n.Pos, list: p.text}
	for _, a := range n.Args {
		c.Args = append(c.Args, Arg{Text: p.text[a.Pos:a.End], Offset: a.Pos, list: p.text, node: a})
	}
	if p.acceptKeyword("as") {
		name, err := p.name("after as")
		if err != nil {
			return Call{}, err
		}
		c.Name = name.Name
	}
	return c, nil
}

// name reads a column's name.
func (p *parser) name(where string) (Name, error) {
	t := p.advance()
	switch {
	case t.kind == tokenQuoted, t.kind == tokenName && t.keyword() == "":
		return Name{Name: t.text, Offset: t.pos, list: p.text}, nil
	case t.kind == tokenName:
		return Name{}, p.fail(t.pos, "%s is a keyword; as a name it is written `%s`", t.text, t.text)
	case t.kind == tokenText:
		return Name{}, p.fail(t.pos, "a name is written in backticks: %s", "`"+strings.ReplaceAll(t.text, "`", "``")+"`")
	}
	return Name{}, p.unexpected(t, "a name "+where)
}

// ParseNames reads a comma-separated list of column names: "k, `Cost Total`".
// No name may occur twice.
func ParseNames(text string) ([]Name, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	var names []Name
	taken := map[string]bool{}
	for {
		n, err := p.name("of a column")
		if err != nil {
			return nil, err
		}
		if taken[n.Name] {
			return nil, n.Errorf("%s is named twice", quoteName(n.Name))
		}
		taken[n.Name] = true
		names = append(names, n)
		t := p.peek()
		switch {
		case p.accept(","):
		case t.kind == tokenEnd:
			return names, nil
		case t.kind == tokenOp:
			return nil, p.fail(t.pos, "expected a comma, not %s; an expression gets a name with --derive NAME=EXPR", t)
		default:
			return nil, p.unexpected(t, "a comma")
		}
	}
}

// Assign is a named expression: NAME=EXPR.
type Assign struct {
	Name string
	Text string // of the expression, as written
	list string
	node *Node
}

// Compile compiles the expression. Errors point into the whole assignment.
func (a Assign) Compile(schema block.Schema) (*Expr, error) {
	return compile(a.list, a.Text, a.node, schema)
}

// ParseAssign reads NAME=EXPR; NAME may be in backticks.
func ParseAssign(text string) (Assign, error) {
	p, err := newParser(text)
	if err != nil {
		return Assign{}, err
	}
	name, err := p.name("before =")
	if err != nil {
		return Assign{}, err
	}
	if t := p.peek(); !p.accept("=") {
		return Assign{}, p.unexpected(t, "= after the name, as in "+quoteName(name.Name)+"=EXPR")
	}
	if p.peek().kind == tokenEnd {
		return Assign{}, p.fail(len(text), "an expression is missing after =")
	}
	n, err := p.expression()
	if err != nil {
		return Assign{}, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return Assign{}, p.unexpected(t, "an operator or the end")
	}
	return Assign{Name: name.Name, Text: text[n.Pos:n.End], list: text, node: n}, nil
}
