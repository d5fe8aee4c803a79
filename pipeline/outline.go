package pipeline

import (
	"encoding/json"

	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/open"
)

// Outline is what a run of a job would do, as far as it is decided before the
// first chunk is read.
type Outline struct {
	Mode      Mode   `json:"mode"`             // that Run would take
	Reason    string `json:"reason,omitempty"` // why auto chose it
	Workers   int    `json:"workers"`
	Readers   int    `json:"readers"` // goroutines that read; in pipe and mmap beside the workers
	ChunkRows int    `json:"chunk_rows"`
	Input     string `json:"input"` // InputMapped, InputRead or InputDecoded

	Stages    []OutlineStage `json:"stages,omitempty"`    // in the order in which they run
	Aggregate string         `json:"aggregate,omitempty"` // "": the result is rows
	By        string         `json:"by,omitempty"`
	Select    string         `json:"select,omitempty"`

	Columns      []string `json:"columns"`       // that are read
	ColumnsInAll int      `json:"columns_total"` // of the dataset
	Files        int      `json:"files"`

	Splits       []OutlineSplit `json:"-"`             // that would be read
	PrunedSplits int            `json:"pruned_splits"` // left out by their statistics
	PrunedRows   int64          `json:"pruned_rows"`   // of these splits, and of pages of others
	SizeBytes    int64          `json:"size_bytes"`    // of the splits
}

// OutlineStage is a stage, as its kind and what it was made of: "where" and
// "x > 0", "derive" and "r = x / y".
type OutlineStage struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// OutlineSplit is a split of one of the files.
type OutlineSplit struct {
	File      string
	Rows      int64 // -1 when only reading will tell
	SizeBytes int64
	Mapped    bool // in mode mmap its chunks point into the mapped file; other modes read it
}

// outline describes the plan.
func (p *plan) outline() Outline {
	o := Outline{
		Mode: p.mode, Reason: p.reason, Workers: p.workers, Readers: p.readers, ChunkRows: p.request.MaxRows, Input: p.input(),
		Aggregate: p.spec.Aggregate, By: p.spec.By, Select: p.spec.Select,
		ColumnsInAll: len(p.dataset.Schema()), Files: len(p.dataset.Files()),
	}
	for _, s := range p.spec.Stages {
		o.Stages = append(o.Stages, outlineStage(s))
	}
	for _, f := range p.spec.Columns {
		o.Columns = append(o.Columns, f.Name)
	}
	o.PrunedSplits, o.PrunedRows = p.dataset.Pruned(p.request)
	o.Splits = outlineSplits(p.dataset, p.splits)
	for _, s := range o.Splits {
		o.SizeBytes += s.SizeBytes
	}
	return o
}

func outlineSplits(d *open.Dataset, splits []open.Split) []OutlineSplit {
	files := d.Files()
	mapped := make([]bool, len(files))
	seen := -1
	all := make([]OutlineSplit, len(splits))
	for i, s := range splits {
		if s.File != seen {
			m, ok := d.File(s.File).(format.Mapped)
			mapped[s.File], seen = ok && m.Mapping() != nil, s.File
		}
		all[i] = OutlineSplit{File: files[s.File].Name, Rows: s.Rows, SizeBytes: s.SizeBytes, Mapped: mapped[s.File]}
	}
	return all
}

// outlineStage is the text of a stage as the user wrote it, or its configuration.
func outlineStage(s stages.Spec) OutlineStage {
	var made struct{ Name, Expr string }
	text := string(s.Config)
	switch err := json.Unmarshal(s.Config, &made); {
	case err != nil || made.Expr == "":
	case s.Kind == stages.WhereKind:
		text = made.Expr
	case s.Kind == stages.DeriveKind:
		text = made.Name + " = " + made.Expr
	}
	return OutlineStage{Kind: s.Kind, Text: text}
}
