// Package synth makes synthetic tables, for weir gen, benchmarks and tests.
//
// A value is a function of the table's seed, its column and its row alone: a
// hash of the three is the row's random number. So any range of rows can be
// made anywhere, in parallel and in chunks of any size, and holds the same
// values. Decimals are rounded when they are made, so that a file holds the
// same numbers in every format.
package synth

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Table describes a synthetic table.
type Table struct {
	Rows    int64
	Seed    uint64   // two tables with equal seeds hold the same values
	Columns []Column // nil is DefaultColumns
}

// Kind is how the values of a column are distributed.
type Kind uint8

// The kinds and the types of their columns.
const (
	Sequence  Kind = iota // int64: the row number from 0
	Normal                // float64: Mean, Spread
	LogNormal             // float64: e to the power of a normal with Mean, Spread
	Uniform               // float64: within Spread of Mean
	Fraction              // float32: sixteenths within Spread of Mean, which text holds exactly
	Zipf                  // int32: Values many, the v-th as often as (v+1)^-Spread
	Clock                 // int64: milliseconds since 1970, ascending by Mean on average from 2023-11-14
	Moment                // timestamp[ms, UTC]: the same as a timestamp
	Flag                  // bool: true with probability Mean
	City                  // string with a dictionary: 50 cities, some oftener than others
)

var kindNames = [...]string{"sequence", "normal", "lognormal", "uniform", "fraction", "zipf", "clock", "moment", "flag", "city"}

// String is the kind's name on the command line.
func (k Kind) String() string { return kindNames[k] }

// ParseKind is the inverse of [Kind.String].
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// Column describes one column.
type Column struct {
	Name     string
	Kind     Kind
	Mean     float64
	Spread   float64
	Decimals int     // Normal, LogNormal, Uniform: digits kept behind the point, at most 9
	Values   int     // Zipf: how many different values, 1 to 65,536
	Nulls    float64 // share of rows that are null, 0 to 1
}

// DefaultColumns is a table of the shape that weir is measured with: a key, a
// clock, groups of very different sizes and floats of several shapes.
func DefaultColumns() []Column {
	return []Column{
		{Name: "id", Kind: Sequence},
		{Name: "x", Kind: Normal, Spread: 1, Decimals: 6},
		{Name: "y", Kind: LogNormal, Mean: 0.5, Spread: 0.75, Decimals: 4},
		{Name: "z", Kind: Normal, Spread: 2, Decimals: 3, Nulls: 0.01},
		{Name: "k", Kind: Zipf, Values: 100, Spread: 1.1},
		{Name: "ts", Kind: Clock, Mean: 40},
		{Name: "f", Kind: Fraction, Spread: 100},
		{Name: "price", Kind: LogNormal, Mean: 3, Spread: 1, Decimals: 2},
	}
}

// CityColumn is a text column of 50 values, to add to [DefaultColumns].
func CityColumn() Column { return Column{Name: "city", Kind: City} }

// Schema is the table's columns.
func (t Table) Schema() chunk.Schema {
	columns := t.columns()
	schema := make(chunk.Schema, len(columns))
	for i, c := range columns {
		schema[i] = chunk.Field{Name: c.Name, Type: c.Type(), Nullable: c.Nulls > 0}
	}
	return schema
}

// Type is the type of the column's values.
func (c Column) Type() chunk.Type {
	switch c.Kind {
	case Sequence, Clock:
		return chunk.Type{ID: chunk.Int64}
	case Fraction:
		return chunk.Type{ID: chunk.Float32}
	case Zipf:
		return chunk.Type{ID: chunk.Int32}
	case Moment:
		return chunk.Type{ID: chunk.Timestamp, Unit: chunk.Millisecond, Zone: "UTC"}
	case Flag:
		return chunk.Type{ID: chunk.Bool}
	case City:
		return chunk.Type{ID: chunk.String}
	}
	return chunk.Type{ID: chunk.Float64}
}

func (t Table) columns() []Column {
	if t.Columns == nil {
		return DefaultColumns()
	}
	return t.Columns
}

// Check tells what is wrong with the description, if anything.
func (t Table) Check() error {
	if t.Rows < 0 {
		return fmt.Errorf("a table of %d rows", t.Rows)
	}
	seen := map[string]bool{}
	for _, c := range t.columns() {
		var wrong string
		switch {
		case c.Name == "":
			wrong = "has no name"
		case seen[c.Name]:
			wrong = "is there twice"
		case int(c.Kind) >= len(kindNames):
			wrong = fmt.Sprintf("kind %d is unknown", c.Kind)
		case c.Decimals < 0 || c.Decimals > 9:
			wrong = fmt.Sprintf("%d decimals, possible are 0 to 9", c.Decimals)
		case !(c.Nulls >= 0 && c.Nulls <= 1):
			wrong = fmt.Sprintf("a share of nulls of %v, possible is 0 to 1", c.Nulls)
		case c.Kind == Zipf && (c.Values < 1 || c.Values > 1<<16):
			wrong = fmt.Sprintf("%d different values, possible are 1 to 65,536", c.Values)
		case (c.Kind == Clock || c.Kind == Moment) && !(c.Mean >= 1 && c.Mean <= 1e6):
			wrong = fmt.Sprintf("a clock of %v ms a row, possible are 1 to 1,000,000", c.Mean)
		case c.Mean-c.Mean != 0 || c.Spread-c.Spread != 0:
			wrong = fmt.Sprintf("mean %v and spread %v have to be finite", c.Mean, c.Spread)
		case c.Kind == Fraction && !(c.Mean == float64(int64(c.Mean)) && abs(c.Mean)+abs(c.Spread) < 1000):
			wrong = fmt.Sprintf("fractions have a whole mean and lie within 1000, not %v within %v", c.Mean, c.Spread)
		}
		if wrong != "" {
			return fmt.Errorf("column %s: %s", c.Name, wrong)
		}
		seen[c.Name] = true
	}
	return nil
}

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}
