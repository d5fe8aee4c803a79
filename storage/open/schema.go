package open

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/spelling"
)

// unify makes the schema of the dataset: the columns of the first file, which
// all others must have too, in any order. Types must be equal where files
// state them. Where they are guessed from text, the guesses are widened to a
// type that holds the values of all files, as they are within one file.
func (d *Dataset) unify(ctx context.Context) error {
	first := d.entries[0]
	d.schema = slices.Clone(first.schema)
	for _, e := range d.entries[1:] {
		if err := e.match(first); err != nil {
			return err
		}
		for j := range d.schema {
			d.schema[j].Nullable = d.schema[j].Nullable || e.field(j).Nullable
		}
	}
	retype := make([]map[string]chunk.Type, len(d.entries))
	for j := range d.schema {
		if err := d.unifyColumn(ctx, j, retype); err != nil {
			return err
		}
	}
	return each(len(d.entries), func(i int) error {
		e := d.entries[i]
		if retype[i] == nil {
			return nil
		}
		if err := d.pool.reopen(ctx, e, e.format.Retype(retype[i])); err != nil {
			return err
		}
		for j := range d.schema {
			if got := e.field(j).Type; got != d.schema[j].Type {
				return fmt.Errorf("%s: column %s: asked for as %s but read as %s", e.name, d.schema[j].Name, d.schema[j].Type, got)
			}
		}
		return nil
	})
}

// field is the file's field for a column of the dataset.
func (e *entry) field(j int) *chunk.Field { return &e.schema[e.column(j)] }

// column is the position in the file of a column of the dataset.
func (e *entry) column(j int) int {
	if e.columns == nil {
		return j
	}
	return e.columns[j]
}

// match finds the columns of the first file by name. Of several of one name,
// the first is matched with the first and so on.
func (e *entry) match(first *entry) error {
	if slices.EqualFunc(e.schema, first.schema, func(a, b chunk.Field) bool { return a.Name == b.Name }) {
		return nil
	}
	at := map[string][]int{}
	for i, f := range e.schema {
		at[f.Name] = append(at[f.Name], i)
	}
	var missing []string
	e.columns = make([]int, len(first.schema))
	for j, f := range first.schema {
		if len(at[f.Name]) == 0 {
			missing = append(missing, f.Name)
			continue
		}
		e.columns[j] = at[f.Name][0]
		at[f.Name] = at[f.Name][1:]
	}
	var extra []string
	for i, f := range e.schema {
		if slices.Contains(at[f.Name], i) {
			extra = append(extra, f.Name)
		}
	}
	if len(missing)+len(extra) == 0 {
		return nil
	}
	return bad(e.name, "the columns differ from those of %s: %s", first.name, difference(missing, extra))
}

// difference says which columns a file lacks and which it has beside.
func difference(missing, extra []string) string {
	const most = 5
	var parts, beside []string
	used := map[string]bool{}
	for i, m := range missing {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more are missing", len(missing)-most))
			break
		}
		part := "no column " + m
		if like := spelling.Nearest(m, extra); like != "" && !used[like] {
			part += fmt.Sprintf(" (but %s)", like)
			used[like] = true
		}
		parts = append(parts, part)
	}
	for _, x := range extra {
		if !used[x] {
			beside = append(beside, x)
		}
	}
	if n := len(beside); n > 0 {
		list := strings.Join(beside[:min(n, most)], ", ")
		if n > most {
			list += fmt.Sprintf(" and %d more", n-most)
		}
		noun := "column"
		if n > 1 {
			noun = "columns"
		}
		parts = append(parts, fmt.Sprintf("it also has %s %s", noun, list))
	}
	return strings.Join(parts, "; ")
}

// unifyColumn decides on the type of column j and notes which files have to be
// read anew for it.
func (d *Dataset) unifyColumn(ctx context.Context, j int, retype []map[string]chunk.Type) error {
	name := d.schema[j].Name
	same := true
	for _, e := range d.entries[1:] {
		same = same && sameType(e.field(j).Type, d.schema[j].Type)
	}
	if same {
		return nil
	}

	// stated is a file whose format states the type; guessed are the others
	// that have values.
	var stated *entry
	var guessed []*entry
	for _, e := range d.entries {
		switch {
		case e.format.Retype != nil:
			empty, err := d.empty(ctx, e, j)
			if err != nil {
				return err
			}
			if !empty {
				guessed = append(guessed, e)
			}
		case stated == nil:
			stated = e
		case !sameType(e.field(j).Type, stated.field(j).Type):
			return typeConflict(e, stated, j)
		}
	}
	target := d.schema[j].Type
	switch {
	case stated != nil:
		target = stated.field(j).Type
		for _, e := range guessed {
			if !reads(e.field(j).Type, target) {
				return typeConflict(e, stated, j)
			}
		}
	case len(guessed) > 0:
		target = guessed[0].field(j).Type
		for _, e := range guessed[1:] {
			if t := e.field(j).Type; t != target {
				wide := widened(target, t)
				if wide.ID == chunk.String && target.ID != chunk.String {
					d.warnings = append(d.warnings, fmt.Sprintf("column %s is read as string: %s has %s, %s has %s",
						name, guessed[0].name, guessed[0].field(j).Type, e.name, t))
				}
				target = wide
			}
		}
	}
	d.schema[j].Type = target
	for i, e := range d.entries {
		if e.field(j).Type != target && e.format.Retype != nil {
			if retype[i] == nil {
				retype[i] = map[string]chunk.Type{}
			}
			retype[i][name] = target
		}
	}
	return nil
}

func typeConflict(e, other *entry, j int) error {
	return &format.Error{File: e.name, Column: e.field(j).Name,
		Err: fmt.Errorf("the type is %s, but %s in %s", e.field(j).Type, other.field(j).Type, other.name)}
}

// sameType leaves types that cannot be used anyway alone.
func sameType(a, b chunk.Type) bool {
	return a == b || a.ID == chunk.Unsupported && b.ID == chunk.Unsupported
}

// empty tells whether a column that was guessed from text has no values where
// the guess was made, so that the type says nothing.
func (d *Dataset) empty(ctx context.Context, e *entry, j int) (bool, error) {
	if id := e.field(j).Type.ID; id != chunk.Float64 && id != chunk.String {
		return false, nil // what csvfile calls columns without values and without rows
	}
	file, done, err := d.pool.acquire(e)
	if err != nil {
		return false, err
	}
	defer done()
	const sample = 10_000
	req := format.Request{Columns: []int{e.column(j)}, MaxRows: sample}
	splits, err := file.Splits(req)
	if err != nil || len(splits) == 0 {
		return err == nil, err
	}
	r, err := file.Open(splits[0], req, chunk.Heap{}, nil)
	if err != nil {
		return false, err
	}
	defer r.Close()
	var c chunk.Chunk
	switch err := r.Next(ctx, &c); {
	case err == io.EOF:
		return true, nil
	case err != nil:
		return false, err
	}
	defer c.Release()
	return c.Columns[0].Nulls == c.Rows, nil
}

// widened is the type that holds values guessed to be of either, as it would
// be for one file: see package csvfile.
func widened(a, b chunk.Type) chunk.Type {
	number := func(t chunk.Type) bool { return t.ID == chunk.Int64 || t.ID == chunk.Float64 }
	moment := func(t chunk.Type) bool { return t.ID == chunk.Timestamp || t.ID == chunk.Date32 }
	switch {
	case a == b:
		return a
	case number(a) && number(b):
		return chunk.Type{ID: chunk.Float64}
	case moment(a) && moment(b) && a.Zone == b.Zone:
		return chunk.Type{ID: chunk.Timestamp, Unit: max(a.Unit, b.Unit), Zone: a.Zone} // a date's unit is 0
	}
	return chunk.Type{ID: chunk.String}
}

// reads tells whether text guessed to be of one type can be read as another,
// as far as types tell.
func reads(guess, as chunk.Type) bool {
	if as.ID == chunk.String || guess == as {
		return true
	}
	switch guess.ID {
	case chunk.Int64:
		return as.ID >= chunk.Int8 && as.ID <= chunk.Float64 && as.ID != chunk.Float16
	case chunk.Float64:
		return as.ID == chunk.Float32
	case chunk.Date32:
		return as.ID == chunk.Date64 || as.ID == chunk.Timestamp && as.Zone == ""
	case chunk.Timestamp:
		return as.ID == chunk.Timestamp && (as.Zone == "") == (guess.Zone == "")
	}
	return false
}
