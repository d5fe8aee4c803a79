package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// report is all measurements.
type report struct {
	*settings
	weir        string // its version
	byRows      []*measurement
	byChunkRows []*measurement
}

// write writes the page and its plots.
func (r *report) write(messages io.Writer) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	files := map[string]string{"scaling.md": r.page(environment.Read(), time.Now()), "scaling-rows.svg": r.rowsFigure().svg()}
	if len(r.byChunkRows) > 0 {
		files["scaling-chunks.svg"] = r.chunksFigure().svg()
	}
	for name, content := range files {
		path := filepath.Join(r.out, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(messages, path)
	}
	return nil
}

var formatTitles = map[string]string{"arrow": "Arrow", "csv": "CSV", "parquet": "Parquet"}

// rowsFigure has, for each format, the time above the time a row.
func (r *report) rowsFigure() figure {
	f := figure{title: "Time of weir run by the rows of the file", names: modes(),
		notes: []string{"shaded: ±15 % of the time a row of the largest file", "bars: fastest to slowest trial"}}
	for _, pair := range r.pairs() {
		for _, m := range pair {
			f.panels = append(f.panels, m.panel("time", func(p *point, d time.Duration) float64 { return d.Seconds() }, false, "rows"))
		}
		for _, m := range pair {
			f.panels = append(f.panels, m.panel(perRowLabel, (*point).perRow, true, "rows"))
		}
	}
	return f
}

// pairs is the measurements by rows in twos of one format, because panels are in
// rows of two.
func (r *report) pairs() (pairs [][]*measurement) {
	for _, m := range r.byRows {
		last := len(pairs) - 1
		if last >= 0 && len(pairs[last]) == 1 && pairs[last][0].format == m.format {
			pairs[last] = append(pairs[last], m)
			continue
		}
		pairs = append(pairs, []*measurement{m})
	}
	return pairs
}

func (r *report) chunksFigure() figure {
	f := figure{title: "Time of weir run by the rows in a chunk", names: modes(),
		notes: []string{fmt.Sprintf("%s of Arrow, uncompressed", quantity.Count(r.chunkedRows, "row")), "bars: fastest to slowest trial"}}
	for _, m := range r.byChunkRows {
		p := m.panel(perRowLabel, (*point).perRow, false, "rows in a chunk")
		p.title = m.task.name + " " + m.task.title
		f.panels = append(f.panels, p)
	}
	return f
}

// perRowLabel is of the axis of times a row.
const perRowLabel = "time a row, ns"

// panel shows value of every point, with a band around the last if it is asked
// for.
func (m *measurement) panel(label string, value func(*point, time.Duration) float64, band bool, xLabel string) panel {
	p := panel{title: fmt.Sprintf("%s, %s %s", formatTitles[m.format], m.task.name, m.task.title)}
	var sizes []int64
	lo, hi := math.Inf(1), 0.0
	for kind, c := range m.curves {
		l := line{kind: kind}
		sizes = sizes[:0]
		for _, q := range c.points {
			sizes = append(sizes, q.size)
			at := place{x: float64(q.size), y: value(q, q.median()), lo: value(q, slices.Min(q.times)), hi: value(q, slices.Max(q.times))}
			l.points = append(l.points, at)
			lo, hi = min(lo, at.lo), max(hi, at.hi)
		}
		if band {
			l.band = l.points[len(l.points)-1].y
			lo, hi = min(lo, l.band*(1-bandWidth)), max(hi, l.band*(1+bandWidth))
		}
		p.lines = append(p.lines, l)
	}
	text := secondsText
	if label == perRowLabel {
		text = number
	}
	p.x, p.y = sizeAxis(xLabel, sizes), logAxis(label, lo, hi, text)
	return p
}
