// Package stages declares what is done to the rows of a chunk between reading
// and reducing: where keeps rows, derive adds a column. A stage works on blocks
// of rows, in order, one goroutine an instance.
//
// Stage kinds are looked up in a [Catalog], a value that is passed in. A
// program that embeds weir adds kinds of its own with [Catalog.With]; as workers
// are processes of the same binary they know them too.
package stages

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/weir-pipeline/weir/stages/agg"
	"github.com/weir-pipeline/weir/stages/block"
)

// Stage changes a block in place. It belongs to one goroutine.
type Stage interface {
	// Run handles one block. An error about a row is a *RowError.
	Run(b *block.Block) error
}

// Kind makes the stages of one kind.
type Kind interface {
	// New returns a stage for blocks with the columns of in. config is the
	// stage's own JSON, as Spec carries it.
	New(config json.RawMessage, in block.Schema) (Made, error)
}

// Made is a stage with what the plan needs to know about it.
type Made struct {
	Stage Stage
	Out   block.Schema // the columns after it: in, then what it derives
	Uses  []int        // the columns of in that it reads
}

// Pruner is a Stage that can bound the columns of the file for the rows it
// keeps.
type Pruner interface {
	// Intervals are conservative bounds on columns of in.
	Intervals() []Interval
}

// Spec is a stage as a plan carries it to workers.
type Spec struct {
	Kind   string          `json:"kind"`
	Config json.RawMessage `json:"config"`
}

// RowError is an error about one row of a block.
type RowError struct {
	Row int // of the block
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }
func (e *RowError) Unwrap() error { return e.Err }

// Catalog is the kinds of stages and the aggregates that a job can name. The
// zero value has none.
type Catalog struct {
	kinds map[string]Kind
	aggs  agg.Catalog
}

// Builtin is the catalog with everything that the command line offers.
func Builtin() Catalog {
	return Catalog{
		kinds: map[string]Kind{WhereKind: whereKind{}, DeriveKind: deriveKind{}},
		aggs:  agg.Builtin(),
	}
}

// With returns the catalog with one more kind of stage, or another one under a
// name that is taken.
func (c Catalog) With(name string, k Kind) Catalog {
	kinds := maps.Clone(c.kinds)
	if kinds == nil {
		kinds = map[string]Kind{}
	}
	kinds[name] = k
	c.kinds = kinds
	return c
}

// WithAggregates returns the catalog with another set of aggregates.
func (c Catalog) WithAggregates(aggs agg.Catalog) Catalog {
	c.aggs = aggs
	return c
}

// Aggregates are the catalog's aggregates.
func (c Catalog) Aggregates() agg.Catalog { return c.aggs }

// New makes the stage that spec describes.
func (c Catalog) New(spec Spec, in block.Schema) (Made, error) {
	k, ok := c.kinds[spec.Kind]
	if !ok {
		return Made{}, fmt.Errorf("unknown kind of stage %q: the catalog has %q", spec.Kind, slices.Sorted(maps.Keys(c.kinds)))
	}
	return k.New(spec.Config, in)
}
