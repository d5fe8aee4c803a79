package csvfile

import (
	"github.com/weir-pipeline/weir/storage/chunk"
)

// guess is what the sample says about a column so far.
//
//	nothing ─┬─ int ── float ──┐
//	         ├─ bool ──────────┤
//	         └─ date ── stamp ─┴─ text
type guess struct {
	kind  guessKind
	unit  chunk.Unit // stamp: the finest seen
	zoned bool       // stamp
}

type guessKind uint8

const (
	guessNothing guessKind = iota
	guessInt
	guessFloat
	guessBool
	guessDate
	guessStamp
	guessText
)

// guessOf is the narrowest guess for one field that is not null.
func guessOf(text []byte) guess {
	// The first byte decides for most texts; trim leaves at least one.
	switch c := text[0]; {
	case c-'0' <= 9, c == '-', c == '+', c == '.':
		if _, ok := parseInt(text); ok {
			return guess{kind: guessInt}
		}
		if _, ok := parseFloat(text, 64); ok {
			return guess{kind: guessFloat}
		}
		if i, ok := parseInstant(text); ok {
			if len(text) == 10 {
				return guess{kind: guessDate}
			}
			return guess{kind: guessStamp, unit: i.unit(), zoned: i.zoned}
		}
	case c|0x20 == 't' || c|0x20 == 'f':
		if _, ok := parseBool(text); ok {
			return guess{kind: guessBool}
		}
	case c|0x20 == 'n' || c|0x20 == 'i':
		if _, ok := parseFloat(text, 64); ok {
			return guess{kind: guessFloat}
		}
	}
	return guess{kind: guessText}
}

// widen is the narrowest guess that holds both.
func (g guess) widen(h guess) guess {
	switch {
	case g.kind == h.kind && g.kind != guessStamp, h.kind == guessNothing:
		return g
	case g.kind == guessNothing:
		return h
	case g.kind == guessStamp && h.kind == guessStamp && g.zoned == h.zoned:
		return guess{kind: guessStamp, unit: max(g.unit, h.unit), zoned: g.zoned}
	case g.kind == guessInt && h.kind == guessFloat, g.kind == guessFloat && h.kind == guessInt:
		return guess{kind: guessFloat}
	case g.kind == guessDate && h.kind == guessStamp && !h.zoned:
		return h
	case g.kind == guessStamp && h.kind == guessDate && !g.zoned:
		return g
	}
	return guess{kind: guessText}
}

// typ is the type of a column whose sample widened to g. A column that is empty
// all over the sample becomes float64: most such columns are numbers that come
// late, and those that are not say so when they are read.
func (g guess) typ() chunk.Type {
	switch g.kind {
	case guessInt:
		return chunk.Type{ID: chunk.Int64}
	case guessNothing, guessFloat:
		return chunk.Type{ID: chunk.Float64}
	case guessBool:
		return chunk.Type{ID: chunk.Bool}
	case guessDate:
		return chunk.Type{ID: chunk.Date32}
	case guessStamp:
		t := chunk.Type{ID: chunk.Timestamp, Unit: g.unit}
		if g.zoned {
			t.Zone = "UTC"
		}
		return t
	}
	return chunk.Type{ID: chunk.String}
}

// guessFor is the guess whose type is t, as far as there is one: what a value
// that does not fit t is widened with to find the type to advise.
func guessFor(t chunk.Type) guess {
	switch t.ID {
	case chunk.Int8, chunk.Int16, chunk.Int32, chunk.Int64, chunk.Uint8, chunk.Uint16, chunk.Uint32, chunk.Uint64:
		return guess{kind: guessInt}
	case chunk.Float32, chunk.Float64:
		return guess{kind: guessFloat}
	case chunk.Bool:
		return guess{kind: guessBool}
	case chunk.Date32, chunk.Date64:
		return guess{kind: guessDate}
	case chunk.Timestamp:
		return guess{kind: guessStamp, unit: t.Unit, zoned: t.Zone != ""}
	}
	return guess{kind: guessText}
}

// advise is the type that holds the column's values so far and text as well.
func advise(t chunk.Type, text []byte) chunk.Type {
	text = trim(text)
	if len(text) == 0 {
		return t
	}
	if wide := guessFor(t).widen(guessOf(text)).typ(); wide != t {
		return wide
	}
	return chunk.Type{ID: chunk.String}
}

// guessColumns looks at the rows of a sample, column by column. wanted says which
// columns are to be guessed.
func guessColumns(text []byte, x *index, wanted []bool, quotes bool, nulls [][]byte) []guess {
	guesses := make([]guess, len(wanted))
	t := tile{text: text, stride: x.stride, quotes: quotes, crlf: true}
	var v values
	for field := range guesses {
		if !wanted[field] {
			continue
		}
		c := column{field: field, last: field == len(wanted)-1, nulls: nulls}
		g := &guesses[field]
		for first := 0; first < x.rows && g.kind != guessText; first += tileRows {
			t.at = x.at[first*x.stride:]
			t.rows = min(tileRows, x.rows-first)
			f := c.unwrap(&t)
			for r := 0; r < t.rows; {
				if len(nulls) == 0 {
					r += g.skip(&f, r, &v)
				}
				for end := min(r+4, t.rows); r < end; r++ {
					s, e := int(f.at[r*f.stride])+1, int(f.at[r*f.stride+1])
					g.add(&c, &f, s, e)
				}
			}
		}
	}
	return guesses
}

// values are the numbers of a tile, which a guess has no use for.
type values struct {
	ints   [tileRows]int64
	floats [tileRows]float64
}

// skip tells how many rows from row r on surely do not change the guess.
func (g *guess) skip(f *fields, r int, v *values) int {
	switch g.kind {
	case guessInt:
		return vectorInts(f, r, v.ints[:f.rows])
	case guessFloat:
		return vectorFloats(f, r, v.floats[:f.rows])
	}
	return 0
}

// add widens the guess by one field. Numbers that do not change it, nearly all,
// are recognised by the quick parsers.
func (g *guess) add(c *column, f *fields, s, e int) {
	if s == e {
		return
	}
	text := f.text[s:e]
	if len(c.nulls) == 0 || !c.isNull(trim(text)) {
		switch g.kind {
		case guessInt:
			if _, ok := quickInt(f.base, s, e); ok {
				return
			}
		case guessFloat:
			if _, ok := quickFloat(f.base, s, e); ok {
				return
			}
		case guessDate:
			if _, ok := parseDate(text); ok {
				return
			}
		case guessStamp:
			if i, ok := parseInstant(text); ok && i.zoned == g.zoned {
				g.unit = max(g.unit, i.unit())
				return
			}
		}
		if text = trim(text); len(text) > 0 {
			*g = g.widen(guessOf(text))
		}
	}
}
