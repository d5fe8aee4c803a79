// Package inspect tells what a dataset is: its columns, files and splits, and,
// where asked, figures over its values.
package inspect

import (
	"context"
	"fmt"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/csvfile"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
)

// Options say how much to find out.
type Options struct {
	Run    pipeline.Options // how to read; its Mode, Workers and limits are those of Stats
	Stats  bool             // read all values
	Splits bool             // list the splits
}

// Info is what is known of a dataset.
type Info struct {
	SizeBytes  int64    `json:"size_bytes"`
	Rows       int64    `json:"rows"` // -1 when only reading will tell
	Columns    []Column `json:"columns"`
	Files      []File   `json:"files"`
	SplitCount int      `json:"split_count"`
	Splits     []Split  `json:"splits,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Column is a column of the dataset.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
	Stats    *Stats `json:"stats,omitempty"`
}

// Stats are figures over the values of a column. Min and Max are empty when the
// column has no values, or is of a type that has no order here.
type Stats struct {
	Values int64  `json:"values"`
	Nulls  int64  `json:"nulls"`
	Min    string `json:"min"`
	Max    string `json:"max"`
}

// File is a file of the dataset.
type File struct {
	Name      string `json:"name"`
	Format    string `json:"format"`
	SizeBytes int64  `json:"size_bytes"`
	Rows      int64  `json:"rows"` // -1 when only reading will tell
	Splits    int    `json:"splits"`
}

// Split is a part of a file that can be read alone.
type Split struct {
	File      string `json:"file"`
	Offset    int64  `json:"offset"`
	SizeBytes int64  `json:"size_bytes"`
	Rows      int64  `json:"rows"` // -1 when only reading will tell
}

// Run inspects the inputs.
func Run(ctx context.Context, inputs []string, o Options) (*Info, error) {
	d, err := open.Open(ctx, inputs, open.Options{Formats: open.Builtin(csvfile.Options{Types: o.Run.Types, Comma: o.Run.Comma}), Stdin: o.Run.Stdin})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	info := &Info{SizeBytes: d.SizeBytes(), Warnings: d.Warnings()}
	schema := d.Schema()
	var all []int
	for i, f := range schema {
		info.Columns = append(info.Columns, Column{Name: f.Name, Type: f.Type.String(), Nullable: f.Nullable})
		if f.Type.ID != chunk.Unsupported {
			all = append(all, i)
		}
	}
	splits, err := d.Splits(format.Request{Columns: all, MaxRows: 65536, Parallel: max(1, o.Run.Workers)})
	if err != nil {
		return nil, err
	}
	info.addFiles(d, splits, o.Splits)
	if o.Stats {
		return info, info.addStats(ctx, inputs, schema, o)
	}
	return info, nil
}

func (info *Info) addFiles(d *open.Dataset, splits []open.Split, list bool) {
	for _, f := range d.Files() {
		info.Files = append(info.Files, File{Name: f.Name, Format: f.Format, SizeBytes: f.SizeBytes, Rows: f.Rows})
		if f.Rows < 0 || info.Rows < 0 {
			info.Rows = -1
		} else {
			info.Rows += f.Rows
		}
	}
	info.SplitCount = len(splits)
	for _, s := range splits {
		f := &info.Files[s.File]
		f.Splits++
		if list {
			info.Splits = append(info.Splits, Split{File: f.Name, Offset: s.Offset, SizeBytes: s.SizeBytes, Rows: s.Rows})
		}
	}
}

// addStats runs a job over every column that has values to speak of.
func (info *Info) addStats(ctx context.Context, inputs []string, schema chunk.Schema, o Options) error {
	for _, in := range inputs {
		if in == "-" {
			return &pipeline.UsageError{Err: fmt.Errorf("statistics need a second read, and standard input can be read once: save it to a file")}
		}
	}
	var aggs []string
	first := map[int]int{} // column to its first place in the row
	at := 1
	for i, f := range schema {
		name := "`" + strings.ReplaceAll(f.Name, "`", "``") + "`"
		if f.Type.ID == chunk.Unsupported || schema.Index(f.Name) != i {
			continue
		}
		first[i] = at
		aggs = append(aggs, fmt.Sprintf("count(%s) as c%d, min(%s) as l%d, max(%s) as h%d", name, i, name, i, name, i))
		at += 3
	}
	job := pipeline.Job{Inputs: inputs, Aggregate: strings.Join(append([]string{"count() as n"}, aggs...), ", ")}
	res, err := pipeline.Run(ctx, job, o.Run)
	if err != nil {
		return err
	}
	row := res.Table.Rows[0]
	info.Rows = row[0].Int64()
	for i := range info.Columns {
		if at, ok := first[i]; ok {
			values := row[at].Int64()
			info.Columns[i].Stats = &Stats{Values: values, Nulls: info.Rows - values, Min: text(row[at+1]), Max: text(row[at+2])}
		}
	}
	return nil
}

func text(v result.Value) string {
	if v.IsNull() {
		return ""
	}
	return string(result.AppendText(nil, v))
}
