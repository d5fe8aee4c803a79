package agg

import (
	"slices"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/order"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

var (
	intType    = block.Type{Kind: block.Int}
	uintType   = block.Type{Kind: block.Uint}
	floatType  = block.Type{Kind: block.Float}
	boolType   = block.Type{Kind: block.Bool}
	dateType   = block.Type{Kind: block.Date}
	stringType = block.Type{Kind: block.String}
	timeType   = block.Type{Kind: block.Timestamp, Unit: chunk.Microsecond, Zone: "UTC"}
)

func ints(t block.Type, values ...int64) *block.Vector {
	return &block.Vector{Type: t, Len: len(values), Int: values}
}

func uints(values ...uint64) *block.Vector {
	return &block.Vector{Type: uintType, Len: len(values), Uint: values}
}

func floats(values ...float64) *block.Vector {
	return &block.Vector{Type: floatType, Len: len(values), Float: values}
}

func bools(values ...bool) *block.Vector {
	return &block.Vector{Type: boolType, Len: len(values), Bool: values}
}

func texts(values ...string) *block.Vector {
	offsets := make([]int32, 1, len(values)+1)
	var data []byte
	for _, s := range values {
		data = append(data, s...)
		offsets = append(offsets, int32(len(data)))
	}
	c := &chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(values), Offsets: chunk.Bytes(offsets), Values: data}
	return &block.Vector{Type: stringType, Len: len(values), Str: block.Strings{Source: c}}
}

func withNulls(v *block.Vector, rows ...int) *block.Vector {
	v.Null = make([]bool, v.Len)
	for _, r := range rows {
		v.Null[r] = true
	}
	return v
}

// allOf calls every builtin aggregate that takes a type, of argument 0; those of
// two arguments of this one twice.
func allOf(t block.Type) []Call {
	calls := plainOf(t)
	for _, c := range []Call{
		{Name: "median", Func: "median"},
		{Name: "quantile(0.9)", Func: "quantile", Params: []float64{0.9}},
		{Name: "quantile(0)", Func: "quantile", Params: []float64{0}},
		{Name: "approx_quantile(0.9)", Func: "approx_quantile", Params: []float64{0.9}},
		{Name: "approx_quantile(0.2, 0.05)", Func: "approx_quantile", Params: []float64{0.2, 0.05}},
	} {
		c.Args = []int{0}
		if f, err := Builtin().Lookup(c.Func); err == nil {
			if _, err := f.plan([]block.Type{t}, c.Params); err == nil {
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// plainOf is allOf without those that look for values by rank.
func plainOf(t block.Type) []Call {
	calls := []Call{{Name: "count()", Func: "count"}}
	for _, f := range Builtin().Funcs() {
		if f.Name == "median" {
			continue
		}
		c := Call{Name: f.Name, Func: f.Name, Args: make([]int, max(1, f.MinArgs))}
		if f.Name == "histogram" {
			c.Params = []float64{-1, 20, 7}
		}
		if _, err := f.plan(slices.Repeat([]block.Type{t}, len(c.Args)), c.Params); err == nil {
			calls = append(calls, c)
		}
	}
	return calls
}

func mustPlan(t testing.TB, spec Spec) *Plan {
	t.Helper()
	plan, err := NewPlan(Builtin(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func update(t testing.TB, p *Partial, keys, args []*block.Vector, n int) {
	t.Helper()
	if err := p.Update(keys, args, n); err != nil {
		t.Fatal(err)
	}
}

// rowsOf is the rows of the result as JSON, a line each.
func rowsOf(t testing.TB, p *Partial) string {
	t.Helper()
	table, err := p.Result()
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, row := range table.Rows {
		out = append(result.AppendJSONRow(out, row), '\n')
	}
	return string(out)
}

func orderRange(low, high uint64) order.Range {
	return order.Range{Low: low, High: high, Count: 1}
}

// unstaged makes a new partial one that stages nothing.
func unstaged(p *Partial) {
	p.stage = nil
	for i := range p.inputs {
		p.inputs[i].unstage()
	}
}
