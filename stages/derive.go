package stages

import (
	"encoding/json"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
)

// DeriveKind is the name of the kind that adds a computed column.
const DeriveKind = "derive"

// Derive is a stage that adds a column called name with the values of the
// expression text. It hides a column of the same name.
func Derive(name, text string) Spec { return spec(DeriveKind, deriveConfig{Name: name, Expr: text}) }

type deriveConfig struct {
	Name string `json:"name"`
	Expr string `json:"expr"`
}

type deriveKind struct{}

func (deriveKind) New(config json.RawMessage, in block.Schema) (Made, error) {
	var c deriveConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return Made{}, err
	}
	e, err := expr.Compile(c.Expr, in)
	if err != nil {
		return Made{}, err
	}
	out := append(in[:len(in):len(in)], block.Field{Name: c.Name, Type: e.Type()})
	return Made{Stage: &derive{eval: e.Evaluator()}, Out: out, Uses: e.Columns()}, nil
}

type derive struct{ eval *expr.Evaluator }

func (d *derive) Run(b *block.Block) error {
	v, err := d.eval.Eval(b)
	if err != nil {
		return rowError(err)
	}
	b.Derive(v)
	return nil
}
