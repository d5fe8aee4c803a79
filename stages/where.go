package stages

import (
	"encoding/json"
	"errors"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/storage/format"
)

// Interval bounds a column for the rows that a stage keeps.
type Interval = format.Interval

// WhereKind is the name of the kind that keeps the rows for which an
// expression is true.
const WhereKind = "where"

// Where is a stage that keeps the rows for which the expression text is true;
// rows for which it is false or null are dropped.
func Where(text string) Spec { return spec(WhereKind, whereConfig{Expr: text}) }

type whereConfig struct {
	Expr string `json:"expr"`
}

type whereKind struct{}

func (whereKind) New(config json.RawMessage, in block.Schema) (Made, error) {
	var c whereConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return Made{}, err
	}
	e, err := expr.Compile(c.Expr, in)
	if err != nil {
		return Made{}, err
	}
	if k := e.Type().Kind; k != block.Bool && k != block.Null {
		return Made{}, &expr.Error{Text: c.Expr, Msg: "a condition is needed, this is " + article(k)}
	}
	return Made{Stage: &where{expr: e, eval: e.Evaluator()}, Out: in, Uses: e.Columns()}, nil
}

func article(k block.Kind) string {
	switch k {
	case block.Int:
		return "an " + k.String() + "; compare it with a number"
	}
	return "a " + k.String() + "; compare it with a value"
}

type where struct {
	expr *expr.Expr
	eval *expr.Evaluator
}

func (w *where) Run(b *block.Block) error {
	keep, err := w.eval.Eval(b)
	if err != nil {
		return rowError(err)
	}
	b.Filter(keep)
	return nil
}

func (w *where) Intervals() []Interval { return w.expr.Intervals() }

// rowError gives an expression's error about a row the type that chains know.
func rowError(err error) error {
	var at *expr.RowError
	if errors.As(err, &at) {
		return &RowError{Row: at.Row, Err: err}
	}
	return err
}

// spec puts a config that always marshals into a Spec.
func spec(kind string, config any) Spec {
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // a struct of strings always marshals
	}
	return Spec{Kind: kind, Config: text}
}
