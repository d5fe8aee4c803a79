package agg

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/group"
	"github.com/weir-pipeline/weir/stages/result"
)

// Call is one aggregate that is asked for.
type Call struct {
	Name   string // of the output column, and what errors call it
	Func   string // in the catalog
	Args   []int  // which of the distinct argument expressions, by position
	Params []float64

	// Skip leaves the call out, for [Plan.Narrow]; it then has a position only.
	Skip bool
}

// Spec says what to aggregate.
type Spec struct {
	Keys  []block.Field // group by these; none aggregates all rows into one
	Args  []block.Type  // of the distinct argument expressions
	Calls []Call
}

// Plan is a Spec that has been checked, with its states shared out. It is
// immutable and safe for concurrent use.
type Plan struct {
	keys    []block.Field
	types   []block.Type // of the keys
	calls   []call
	inputs  []input
	columns []result.Column
	print   uint64 // fingerprint of all of it
	ranked  bool   // some states are Ranked
}

// call is an aggregate with the places of what it finishes from.
type call struct {
	name   string
	fun    string // of the catalog, not an alias
	recipe Recipe
	input  int   // in Plan.inputs; -1 without arguments
	states []int // among the states of the input
}

// input is a distinct combination of arguments and what is kept of it.
type input struct {
	args  []int // positions among the arguments
	kinds []block.Type
	kept  []Kept
}

// NewPlan checks spec. Errors name the call at fault.
func NewPlan(catalog Catalog, spec Spec) (*Plan, error) {
	p := &Plan{keys: slices.Clone(spec.Keys)}
	for _, k := range spec.Keys {
		p.types = append(p.types, k.Type)
		p.columns = append(p.columns, result.Column{Name: k.Name, Type: k.Type})
	}
	for _, c := range spec.Calls {
		if err := p.add(catalog, c, spec.Args); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	p.print = p.fingerprint()
	return p, nil
}

func (p *Plan) add(catalog Catalog, c Call, types []block.Type) error {
	if c.Skip {
		p.calls = append(p.calls, call{input: -1})
		return nil
	}
	f, err := catalog.Lookup(c.Func)
	if err != nil {
		return err
	}
	args := make([]block.Type, len(c.Args))
	for i, a := range c.Args {
		if a < 0 || a >= len(types) {
			return fmt.Errorf("argument %d of %d", a, len(types))
		}
		args[i] = types[a]
	}
	recipe, err := f.plan(args, c.Params)
	if err != nil {
		return err
	}
	planned := call{name: c.Name, fun: f.Name, recipe: recipe, input: -1}
	if len(args) > 0 {
		planned.input = p.share(c.Args, args)
		planned.states = p.inputs[planned.input].share(recipe.States)
	} else if len(recipe.States) > 0 {
		return fmt.Errorf("%s keeps a state without having an argument", f.Name)
	}
	p.ranked = p.ranked || recipe.Ranks != nil
	p.calls = append(p.calls, planned)
	p.columns = append(p.columns, result.Column{Name: c.Name, Type: recipe.Type})
	return nil
}

// share is the position of the input for args.
func (p *Plan) share(args []int, types []block.Type) int {
	for i := range p.inputs {
		if slices.Equal(p.inputs[i].args, args) {
			return i
		}
	}
	p.inputs = append(p.inputs, input{args: slices.Clone(args), kinds: types})
	return len(p.inputs) - 1
}

// share is the positions of the states that a recipe needs.
func (in *input) share(need []Kept) []int {
	at := make([]int, len(need))
	for i, k := range need {
		at[i] = slices.IndexFunc(in.kept, func(have Kept) bool { return have.ID == k.ID })
		if at[i] < 0 {
			at[i] = len(in.kept)
			in.kept = append(in.kept, k)
		}
	}
	return at
}

// fingerprint tells plans apart whose partials must not be merged.
func (p *Plan) fingerprint() uint64 {
	var text strings.Builder
	for _, t := range p.types {
		fmt.Fprintf(&text, "key %s %s %q\n", t.Kind, t.Unit, t.Zone)
	}
	for _, in := range p.inputs {
		fmt.Fprintf(&text, "input %d", in.args)
		for _, t := range in.kinds {
			fmt.Fprintf(&text, " %s %s %q", t.Kind, t.Unit, t.Zone)
		}
		for _, k := range in.kept {
			fmt.Fprintf(&text, " %q", k.ID)
		}
		text.WriteByte('\n')
	}
	for _, c := range p.calls {
		fmt.Fprintf(&text, "call %q\n", c.name)
	}
	h := fnv.New64a()
	h.Write([]byte(text.String()))
	return h.Sum64()
}

// Columns is the columns of the result: keys, then aggregates.
func (p *Plan) Columns() []result.Column { return slices.Clone(p.columns) }

// Lighter is an aggregate of the plan, if any, that another could stand for
// where there is not enough memory, and the other one; see [Recipe].
func (p *Plan) Lighter() (heavy, lighter string) {
	for _, c := range p.calls {
		if c.recipe.Lighter != "" {
			return c.fun, c.recipe.Lighter
		}
	}
	return "", ""
}

// NewPartial is the partial of no rows.
func (p *Plan) NewPartial() *Partial {
	partial := &Partial{plan: p, inputs: make([]kept, len(p.inputs))}
	for i, in := range p.inputs {
		k := &partial.inputs[i]
		k.vectors = make([]*block.Vector, len(in.args))
		k.dense = make([]block.Vector, len(in.args))
	}
	partial.begin(group.New(p.types))
	return partial
}
