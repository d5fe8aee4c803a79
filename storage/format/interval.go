package format

import "github.com/weir-pipeline/weir/storage/chunk"

// Interval says that --where can only hold for rows whose value in Column is
// not null and lies between Lo and Hi, both inclusive. A reader may use it to
// leave out whole splits or pages by their statistics; it never has to.
type Interval struct {
	Column int // position in the schema
	Lo, Hi Bound
}

// Bound is one end of an Interval. Exactly one field counts, by the column's
// type: Int for integers (and bool as 0 and 1), dates (days; Date64 too) and
// timestamps (in the column's unit), Float for floats, Text for strings.
// Unsigned 64-bit columns beyond int64 are bounded by Open only.
type Bound struct {
	Open  bool // no bound on this side
	Int   int64
	Float float64
	Text  string
}

// AllowsInt tells whether an integer column with values in [min, max] can have
// a row inside the interval.
func (iv Interval) AllowsInt(min, max int64) bool {
	return (iv.Lo.Open || max >= iv.Lo.Int) && (iv.Hi.Open || min <= iv.Hi.Int)
}

// AllowsFloat is AllowsInt for floats. Statistics that are NaN allow all.
func (iv Interval) AllowsFloat(min, max float64) bool {
	if min != min || max != max {
		return true
	}
	return (iv.Lo.Open || max >= iv.Lo.Float) && (iv.Hi.Open || min <= iv.Hi.Float)
}

// AllowsText is AllowsInt for strings, by bytes.
func (iv Interval) AllowsText(min, max string) bool {
	return (iv.Lo.Open || max >= iv.Lo.Text) && (iv.Hi.Open || min <= iv.Hi.Text)
}

// Supported is the error for a request of columns that weir cannot read, or nil.
func Supported(name string, schema chunk.Schema, req Request) error {
	for _, i := range req.Columns {
		if f := schema[i]; f.Type.ID == chunk.Unsupported {
			return &Error{File: name, Column: f.Name, Err: UnsupportedTypeError(f.Type.Name)}
		}
	}
	return nil
}
