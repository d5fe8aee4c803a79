package main

import (
	"fmt"
	"math"
	"strings"
)

// Sizes of a plot, in pixels: panels side by side, each with room for its axes.
const (
	panelWidth, panelHeight = 300, 260
	left, right, top, foot  = 56, 22, 40, 52
)

// plot draws time per row over size, a panel a format, as SVG that follows the
// reader's light or dark scheme.
//
// Note: gonum/plot would do it, but brings a dozen modules for fonts, LaTeX and
// PDF into the module graph of every program that embeds weir.
func plot(xLabel string, sweeps []*sweep) string {
	var b strings.Builder
	width := panelWidth * len(sweeps)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .axis { stroke: #57606a } .grid { stroke: #d0d7de } .ground { fill: #ffffff }
.s0 { stroke: #0969da } .s1 { stroke: #bc4c00 } circle.s0 { fill: #0969da } circle.s1 { fill: #bc4c00 } polyline { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .axis { stroke: #9198a1 } .grid { stroke: #3d444d } .ground { fill: #0d1117 }
.s0 { stroke: #4493f8 } .s1 { stroke: #f0883e } circle.s0 { fill: #4493f8 } circle.s1 { fill: #f0883e }
}
</style>
<rect class="ground" width="100%%" height="100%%"/>
`, width, panelHeight)
	for i, s := range sweeps {
		fmt.Fprintf(&b, "<g transform=\"translate(%d 0)\">\n", i*panelWidth)
		s.panel(&b, xLabel)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// panel draws one sweep: sizes on a logarithmic axis, time from zero.
func (s *sweep) panel(b *strings.Builder, xLabel string) {
	points := s.curves[0].points
	low, high := math.Log(float64(points[0].size)), math.Log(float64(points[len(points)-1].size))
	most := 0.0
	for _, c := range s.curves {
		for _, p := range c.points {
			most = max(most, p.perRow)
		}
	}
	step := niceStep(most)
	most = math.Ceil(most/step) * step
	x := func(size int64) float64 {
		if high == low {
			return left
		}
		return left + (math.Log(float64(size))-low)/(high-low)*(panelWidth-left-right)
	}
	y := func(v float64) float64 { return panelHeight - foot - v/most*(panelHeight-foot-top) }

	fmt.Fprintf(b, "<text x=\"%d\" y=\"18\" font-weight=\"bold\">%s</text>\n", left, s.format)
	for v := 0.0; v <= most*1.001; v += step {
		class := "grid"
		if v == 0 {
			class = "axis"
		}
		fmt.Fprintf(b, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", class, left, panelWidth-right, y(v), y(v))
		fmt.Fprintf(b, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n", left-6, y(v)+4, v)
	}
	last := math.Inf(-1)
	for _, p := range points {
		fmt.Fprintf(b, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x(p.size), x(p.size), panelHeight-foot, panelHeight-foot+4)
		if x(p.size)-last >= 30 { // room for a label
			last = x(p.size)
			fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x(p.size), panelHeight-foot+18, short(p.size))
		}
	}
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", (left+panelWidth-right)/2, panelHeight-12, xLabel)
	fmt.Fprintf(b, "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">ns per row</text>\n", (top+panelHeight-foot)/2)
	for i, c := range s.curves {
		var line strings.Builder
		for _, p := range c.points {
			fmt.Fprintf(&line, "%.1f,%.1f ", x(p.size), y(p.perRow))
			fmt.Fprintf(b, "<circle class=\"s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s, %s rows: %.2f ns</title></circle>", i, x(p.size), y(p.perRow), c.name, short(p.size), p.perRow)
		}
		fmt.Fprintf(b, "<polyline class=\"s%d\" points=\"%s\"/>\n", i, strings.TrimSpace(line.String()))
		at := panelWidth - right - 150 + 85*i
		fmt.Fprintf(b, "<line class=\"s%d\" stroke-width=\"2\" x1=\"%d\" x2=\"%d\" y1=\"14\" y2=\"14\"/><text x=\"%d\" y=\"18\">%s</text>\n", i, at, at+18, at+23, c.name)
	}
}

// niceStep divides an axis up to most into four or so steps of 1, 2 or 5.
func niceStep(most float64) float64 {
	if most <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, f := range []float64{1, 2, 5, 10} {
		if most/(f*step) <= 5 {
			return f * step
		}
	}
	return 10 * step
}

// short is a number of rows: 10M, 64k, 500.
func short(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.4gM", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.4gk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
