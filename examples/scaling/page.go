package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/weir-pipeline/weir/pipeline/environment"
)

// page is the document with the figures.
func page(env environment.Environment, o options, byRows, byChunk []*sweep) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# How time grows

`+"`--by k --agg 'count(), mean(y), max(price)'`"+` over the table of `+"`weir gen`"+`, by two threads and by two worker processes
that share memory; inputs in the page cache; medians of %d runs in random order. %s.
Written by `+"`make bench-scaling`"+`.

## With the rows of the input

![Time per row over the rows of the input, for CSV, Parquet and Arrow](rows.svg)

Nanoseconds per row; spread is how far the slowest size is from the fastest.

`, o.trials, env)
	writeTable(&b, byRows, true)
	b.WriteString(`
What does not grow with the rows is the start: opening the input, and the worker processes of mmap. It weighs most where a
row costs least.

## With the rows of a chunk

![Time per row over the rows of a chunk, for CSV, Parquet and Arrow](chunks.svg)

Nanoseconds per row.

`)
	writeTable(&b, byChunk, false)
	b.WriteString("\nA chunk has at most the rows of a split: a record batch, a row group, or a byte range of a CSV file.\n")
	return b.String()
}

func writeTable(b *strings.Builder, sweeps []*sweep, spread bool) {
	b.WriteString("| input | mode |")
	line := "| --- | --- |"
	for _, p := range sweeps[0].curves[0].points {
		fmt.Fprintf(b, " %s |", short(p.size))
		line += " ---: |"
	}
	if spread {
		b.WriteString(" spread |")
		line += " ---: |"
	}
	b.WriteString("\n" + line + "\n")
	for _, s := range sweeps {
		for _, c := range s.curves {
			fmt.Fprintf(b, "| %s | %s |", s.format, c.name)
			for _, p := range c.points {
				fmt.Fprintf(b, " %.2f |", p.perRow)
			}
			if spread {
				fmt.Fprintf(b, " %.0f %% |", 100*c.spread())
			}
			b.WriteString("\n")
		}
	}
}

// spread is how much more the slowest point takes than the fastest.
func (c curve) spread() float64 {
	least, most := math.Inf(1), 0.0
	for _, p := range c.points {
		least, most = min(least, p.perRow), max(most, p.perRow)
	}
	return most/least - 1
}
