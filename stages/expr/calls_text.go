package expr

import (
	"github.com/weir-pipeline/weir/stages/block"
)

func (c *compiler) lengthCall(n *Node, args []*inst) (*inst, error) {
	switch a := args[0]; a.kind() {
	case block.Null:
		return c.convert(n, a, intType)
	case block.String:
		return c.emit(n, operation{name: "length", typ: intType, run: textLength}, a)
	}
	return nil, c.errorf(n, "length needs a string, not %s", typeName(args[0].typ))
}

// textTest is a predicate of a text and a constant text.
func textTest(name string, test func(s, part []byte) bool) compileCall {
	return func(c *compiler, n *Node, args []*inst) (*inst, error) {
		a, b := args[0], args[1]
		if a.kind() == block.Null || b.kind() == block.Null {
			return c.constant(n, Value{Type: boolType, Null: true}), nil
		}
		if a.kind() != block.String || b.kind() != block.String {
			return nil, c.errorf(n, "%s needs strings, not %s and %s", name, typeName(a.typ), typeName(b.typ))
		}
		k, ok := b.constantOf()
		if !ok {
			return nil, newError(c.text, n.Args[1].Pos, "what %s looks for is a constant", name)
		}
		part := []byte(k.Text)
		return c.emit(n, operation{
			name: name, typ: boolType,
			run: matchText(func(s []byte) bool { return test(s, part) }),
		}, a, b)
	}
}
