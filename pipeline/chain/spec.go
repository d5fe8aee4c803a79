// Package chain is the one function that handles a chunk in every mode: it runs
// the stages on block after block and aggregates what is left, or collects it
// as rows. A [Spec] describes it to any process of the same binary.
package chain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/agg"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/expr"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// Spec is what a chain does. It travels to workers as JSON.
type Spec struct {
	Columns   chunk.Schema  `json:"columns"` // of the chunks, in their order
	Stages    []stages.Spec `json:"stages,omitempty"`
	By        string        `json:"by,omitempty"`        // names of the group keys, a list
	Aggregate string        `json:"aggregate,omitempty"` // a list of aggregates; "": rows are wanted
	Select    string        `json:"select,omitempty"`    // names of the columns of rows; "": all

	// KeepBytes is how much values in order may take before they are shed, so that
	// another pass is needed; 0 is no limit. Refine is what the passes before
	// have found; nil in the first.
	KeepBytes int64           `json:"keep_bytes,omitempty"`
	Refine    *agg.Refinement `json:"refine,omitempty"`
}

// Aggregates tells whether chunks are reduced to a partial.
func (s Spec) Aggregates() bool { return s.Aggregate != "" }

// JSON is the spec as ParseSpec reads it.
func (s Spec) JSON() ([]byte, error) { return json.Marshal(s) }

// ParseSpec is the inverse of JSON.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	if err := json.Unmarshal(text, &s); err != nil {
		return Spec{}, fmt.Errorf("the chain's description: %w", err)
	}
	return s, nil
}

// Plan fits a spec whose Columns are all of a dataset's to those it uses. It
// returns the positions of these columns in the dataset, and what its
// conditions let a reader leave out. Everything wrong with the spec shows here.
func Plan(s Spec, catalog stages.Catalog) (_ Spec, columns []int, prune []format.Interval, err error) {
	full := s.Columns
	p, err := compile(s, catalog)
	if err != nil {
		return Spec{}, nil, nil, err
	}
	used := make([]bool, len(full))
	for _, i := range p.uses {
		if i < len(full) {
			used[i] = true
		}
	}
	s.Columns = nil
	for i, u := range used {
		if u {
			columns = append(columns, i)
			s.Columns = append(s.Columns, full[i])
		}
	}
	return s, columns, p.prune, nil
}

// program is a spec compiled for one goroutine.
type program struct {
	stages []stages.Stage
	out    block.Schema // after the stages
	uses   []int        // columns of Spec.Columns (and derived ones after them)
	prune  []format.Interval

	by     []int
	inputs []*expr.Expr // distinct arguments of aggregates
	plan   *agg.Plan    // nil: rows
	chosen []int        // columns of rows
}

func compile(s Spec, catalog stages.Catalog) (*program, error) {
	p := &program{}
	for _, f := range s.Columns {
		t, _ := block.TypeOf(f.Type) // what cannot be used fails when it is asked of the reader
		p.out = append(p.out, block.Field{Name: f.Name, Type: t})
	}
	narrowing := true // conditions bound the file's columns until a derived column may hide one
	for i, spec := range s.Stages {
		made, err := catalog.New(spec, p.out)
		if err != nil {
			return nil, &StageError{Kind: spec.Kind, Position: i + 1, Err: err}
		}
		if pr, ok := made.Stage.(stages.Pruner); ok && narrowing {
			for _, iv := range pr.Intervals() {
				if iv.Column < len(s.Columns) {
					p.prune = append(p.prune, iv)
				}
			}
		}
		if spec.Kind != stages.WhereKind && spec.Kind != stages.DeriveKind {
			narrowing = false // a stage of a program's own may make rows up
		}
		p.stages = append(p.stages, made.Stage)
		p.out = made.Out
		p.uses = append(p.uses, made.Uses...)
	}
	if s.By != "" {
		names, err := expr.ParseNames(s.By)
		if err != nil {
			return nil, &StageError{Kind: "by", Err: err}
		}
		for _, n := range names {
			i, err := n.Index(p.out)
			if err != nil {
				return nil, &StageError{Kind: "by", Err: err}
			}
			p.by = append(p.by, i)
		}
	}
	if s.Aggregates() {
		return p, p.compileAggregates(s, catalog.Aggregates())
	}
	if s.By != "" {
		return nil, &StageError{Kind: "by", Err: fmt.Errorf("groups need aggregates: add --agg, such as --agg 'count()'")}
	}
	return p, p.compileRows(s)
}

func (p *program) compileAggregates(s Spec, catalog agg.Catalog) error {
	if s.Select != "" {
		return &StageError{Kind: "select", Err: fmt.Errorf("columns are chosen for rows, but aggregates are asked for: leave one of the two out")}
	}
	p.uses = append(p.uses, p.by...)
	calls, err := expr.ParseAggs(s.Aggregate)
	for _, c := range calls {
		if slices.ContainsFunc(p.by, func(i int) bool { return p.out[i].Name == c.Name }) && err == nil {
			err = c.Errorf("two columns would be called %s, this and a group key; name this one with as", c.Name)
		}
	}
	if err == nil {
		err = p.planAggregates(catalog, calls, s.Refine)
	}
	if err != nil {
		return &StageError{Kind: "agg", Err: err}
	}
	return nil
}

func (p *program) compileRows(s Spec) error {
	if s.Select == "" {
		for i, f := range p.out {
			if p.out.Index(f.Name) == i || i < len(s.Columns) && p.out.Index(f.Name) < len(s.Columns) {
				p.chosen = append(p.chosen, i) // hidden columns are left out
			}
		}
	} else {
		names, err := expr.ParseNames(s.Select)
		if err != nil {
			return &StageError{Kind: "select", Err: err}
		}
		for _, n := range names {
			i, err := n.Index(p.out)
			if err != nil {
				return &StageError{Kind: "select", Err: err}
			}
			p.chosen = append(p.chosen, i)
		}
	}
	p.uses = append(p.uses, p.chosen...)
	return nil
}

// StageError is an error in the text of a stage: where, derive, by, agg or
// select.
type StageError struct {
	Kind     string
	Position int // among the stages, from 1; 0 for the others
	Err      error
}

// Error moves the caret under an expression to where the flag's name has moved
// the expression.
func (e *StageError) Error() string {
	flag := "--" + e.Kind + ": "
	return flag + strings.ReplaceAll(e.Err.Error(), "\n", "\n"+strings.Repeat(" ", len(flag)))
}
func (e *StageError) Unwrap() error { return e.Err }
