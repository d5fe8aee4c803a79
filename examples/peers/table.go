package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// grid is a table of texts below its heads; the first column is to the left.
type grid struct {
	heads []string
	rows  [][]string
}

// style is how text is written.
type style struct {
	item  string // format of a line of the head or of a note
	title string // format of a table's title
	table func(io.Writer, grid)
}

var (
	plain    = style{"%s\n", "\n%s\n\n", textTable}
	markdown = style{"- %s\n", "\n**%s**\n\n", markdownTable}
)

// writeTables writes a table for each format.
func (r *report) writeTables(w io.Writer, style style) error {
	out := &strings.Builder{}
	for _, line := range r.head() {
		fmt.Fprintf(out, style.item, line)
	}
	for _, f := range formats() {
		var cells []*cell
		for _, c := range r.cells {
			if c.file.format.name == f.name {
				cells = append(cells, c)
			}
		}
		if len(cells) == 0 {
			continue
		}
		file := cells[0].file
		title := fmt.Sprintf("%s, %s, %s", f.title, quantity.Count(file.rows, "row"), quantity.Bytes(file.sizeBytes))
		if file.writer != "" {
			title += ", written by " + file.writer
		}
		fmt.Fprintf(out, style.title, title)
		style.table(out, r.grid(cells))
		for i, note := range notes(cells) {
			if i == 0 {
				fmt.Fprintln(out)
			}
			fmt.Fprintf(out, style.item, note)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// grid is a row for each cell of one format.
func (r *report) grid(cells []*cell) grid {
	g := grid{heads: []string{"task", "weir threads", "weir mmap", "best peer", "inside ratio", "whole ratio", "mmap / threads",
		"weir memory", "leanest peer", "memory ratio", "with mapped files", "other load"}}
	if r.bench.targets {
		g.heads = append(g.heads, "targets")
	}
	for _, c := range cells {
		k := c.compare()
		row := []string{c.task.name + " " + c.task.title, took(k.threads), took(k.mmap), named(k.best, took(k.best)),
			digits(k.inside), digits(k.whole), digits(k.mmapRatio),
			size(k.weirMemory.anonBytes), "-", digits(k.memoryRatio), size(k.weirMemory.pssBytes), digits(k.load)}
		if k.leanest != nil {
			row[8] = named(k.leanest, size(k.leanest.memory.anonBytes))
			row[10] += " / " + size(k.leanest.memory.pssBytes)
		}
		if k.load > noisyLoad {
			row[11] += " !"
		}
		if r.bench.targets {
			row = append(row, strings.Join(verdicts(c, k), ", "))
		}
		g.rows = append(g.rows, row)
	}
	return g
}

func took(m *measured) string {
	if m == nil {
		return "-"
	}
	return quantity.Duration(m.inside())
}

func named(m *measured, text string) string {
	if m == nil {
		return "-"
	}
	return m.way.name + " " + text
}

func digits(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

func size(sizeBytes int64) string {
	if sizeBytes == 0 {
		return "-"
	}
	return quantity.Bytes(sizeBytes)
}

// verdicts says of each target of a cell whether it is met.
func verdicts(c *cell, k comparison) (all []string) {
	say := func(name string, value, target float64) {
		switch {
		case math.IsNaN(value):
		case value <= target:
			all = append(all, fmt.Sprintf("%s %.2f met", name, target))
		default:
			all = append(all, fmt.Sprintf("%s %.2f MISSED", name, target))
		}
	}
	format := c.file.format.name
	say("inside", k.inside, targetRatios[format][c.task.name])
	say("mmap", k.mmapRatio, targetMmap)
	if format != "csv" {
		say("memory", k.memoryRatio, targetMemory)
	}
	if k.weirMemory.anonBytes > targetMemoryBytes {
		all = append(all, quantity.Bytes(targetMemoryBytes)+" MISSED")
	}
	return all
}

// notes are what went wrong and which results are different.
func notes(cells []*cell) (lines []string) {
	for _, c := range cells {
		for _, m := range c.ways {
			if m.failed != nil {
				lines = append(lines, fmt.Sprintf("%s, %s: failed: %v", c.task.name, m.way.name, m.failed))
			}
			for _, d := range m.differences {
				lines = append(lines, fmt.Sprintf("%s, %s: %v", c.task.name, m.way.name, d))
			}
			if m.noisy() {
				lines = append(lines, fmt.Sprintf("%s, %s: other programs kept %.2f processors busy, measure it again", c.task.name, m.way.name, load(m.samples)))
			}
		}
	}
	return lines
}

func textTable(w io.Writer, g grid) {
	first := 0
	for _, row := range append(slices.Clone(g.rows), g.heads) {
		first = max(first, len(row[0]))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range append([][]string{g.heads}, g.rows...) {
		fmt.Fprintf(t, "%-*s\t%s\t\n", first, row[0], strings.Join(row[1:], "\t"))
	}
	t.Flush()
}

func markdownTable(w io.Writer, g grid) {
	fmt.Fprintf(w, "| %s |\n|---|%s\n", strings.Join(g.heads, " | "), strings.Repeat("---:|", len(g.heads)-1))
	for _, row := range g.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}
