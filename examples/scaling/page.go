package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// page is the figures in Markdown, with the plots.
func (r *report) page(e environment.Environment, now time.Time) string {
	var out strings.Builder
	fmt.Fprintf(&out, `# How time grows

Made by `+"`make bench-scaling`"+` (`+"`go run ./examples/scaling`"+`): the time that weir run takes by its own account, with %d threads or
worker processes, files in the page cache; medians of %d rounds in random order, seed %d.

%d cores of %s, %.3g GB, %s, weir %s, %s.

## With the rows of a file

![Time by rows](scaling-rows.svg)

`, r.workers, r.trials, r.seed, e.Cores, cmp.Or(e.CPU, e.Arch), float64(e.Memory)/1e9, cmp.Or(e.Kernel, e.OS), r.weir, now.Format(time.DateOnly))
	out.WriteString("| task | format | rows |")
	for _, mode := range modes() {
		fmt.Fprintf(&out, " %s | a row | to the largest |", mode)
	}
	fmt.Fprintf(&out, "\n|---|---|---:|%s\n", strings.Repeat("---:|---:|---:|", len(modes())))
	for _, m := range r.byRows {
		for i, first := range m.curves[0].points {
			fmt.Fprintf(&out, "| %s | %s | %s |", m.task.name, formatTitles[m.format], quantity.Thousands(first.rows))
			for _, c := range m.curves {
				p, last := c.points[i], c.points[len(c.points)-1]
				each := p.perRow(p.median())
				fmt.Fprintf(&out, " %s | %s ns | %+.0f %% |", quantity.Duration(p.median()), number(each), 100*(each/last.perRow(last.median())-1))
			}
			out.WriteString("\n")
		}
	}
	out.WriteString("\nOf these times a part does not depend on the rows. The line that fits best, by relative errors:\n\n")
	out.WriteString("| task | format | mode | fixed | a row | off by at most |\n|---|---|---|---:|---:|---:|\n")
	for _, m := range r.byRows {
		for _, c := range m.curves {
			if f, ok := c.fit(); ok {
				fmt.Fprintf(&out, "| %s | %s | %s | %s | %s ns | %.0f %% |\n", m.task.name, formatTitles[m.format], c.mode, secondsText(f.fixedS), number(f.rowNs), 100*f.worst)
			}
		}
	}
	if len(r.byChunkRows) == 0 {
		return out.String()
	}
	fmt.Fprintf(&out, "\n## With the rows in a chunk\n\n%s of Arrow in batches of %s, `--chunk-rows`:\n\n![Time by rows in a chunk](scaling-chunks.svg)\n\n",
		quantity.Count(r.chunkedRows, "row"), quantity.Thousands(slices.Max(r.chunkRows)))
	out.WriteString("| task | rows in a chunk |")
	for _, mode := range modes() {
		fmt.Fprintf(&out, " %s | a row | to the fastest |", mode)
	}
	fmt.Fprintf(&out, "\n|---|---:|%s\n", strings.Repeat("---:|---:|---:|", len(modes())))
	for _, m := range r.byChunkRows {
		for i, first := range m.curves[0].points {
			fmt.Fprintf(&out, "| %s | %s |", m.task.name, quantity.Thousands(first.size))
			for _, c := range m.curves {
				p := c.points[i]
				fastest := slices.MinFunc(c.points, func(a, b *point) int { return cmp.Compare(a.median(), b.median()) })
				fmt.Fprintf(&out, " %s | %s ns | %.2f |", quantity.Duration(p.median()), number(p.perRow(p.median())), float64(p.median())/float64(fastest.median()))
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

// fitted is a line through times: fixedS + rows * rowNs.
type fitted struct {
	fixedS float64
	rowNs  float64
	worst  float64 // the largest distance of a median from the line, as a part of the median
}

// fit finds the line with the least squares of relative distances; there is none
// through a single point.
func (c *curve) fit() (f fitted, ok bool) {
	if len(c.points) < 2 {
		return f, false
	}
	// With u = 1/t and v = n/t, minimise the sum of (a*u + b*v - 1)^2.
	var uu, uv, vv, u1, v1 float64
	for _, p := range c.points {
		t := p.median().Seconds()
		u, v := 1/t, float64(p.rows)/t
		uu, uv, vv, u1, v1 = uu+u*u, uv+u*v, vv+v*v, u1+u, v1+v
	}
	det := uu*vv - uv*uv
	a, b := (u1*vv-v1*uv)/det, (v1*uu-u1*uv)/det
	if a < 0 { // no run takes less than nothing
		a, b = 0, v1/vv
	}
	f = fitted{fixedS: a, rowNs: b * 1e9}
	for _, p := range c.points {
		t := p.median().Seconds()
		f.worst = max(f.worst, math.Abs((a+b*float64(p.rows))/t-1))
	}
	return f, true
}
