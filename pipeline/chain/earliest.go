package chain

import (
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
)

// Earliest is the position among s.Stages, all of which derive columns, at
// which the condition where can be checked: after the last one that it uses, so
// that nothing is computed for rows that it drops.
func Earliest(s Spec, where string, catalog stages.Catalog) (int, error) {
	p := &program{}
	for _, f := range s.Columns {
		t, _ := block.TypeOf(f.Type)
		p.out = append(p.out, block.Field{Name: f.Name, Type: t})
	}
	for i, spec := range s.Stages {
		made, err := catalog.New(spec, p.out)
		if err != nil {
			return 0, &StageError{Kind: spec.Kind, Position: i + 1, Err: err}
		}
		p.out = made.Out
	}
	e, err := expr.Compile(where, p.out)
	if err != nil {
		return 0, &StageError{Kind: stages.WhereKind, Err: err}
	}
	at := 0
	for _, c := range e.Columns() {
		at = max(at, c-len(s.Columns)+1)
	}
	return at, nil
}
