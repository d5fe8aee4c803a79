package main

import (
	"fmt"
	"html"
	"strings"
)

// panel is one coordinate system with its lines.
type panel struct {
	title string
	x, y  axis
	lines []line
}

// line is the points of one mode.
type line struct {
	kind   int // 0, 1: how it is drawn
	points []place
	band   float64 // the middle of a shaded band; 0: none
}

// place is a point of a line, with the range of what was measured.
type place struct{ x, y, lo, hi float64 }

// bandWidth is how far the band reaches, as a part of its middle.
const bandWidth = 0.15

// figure is panels in rows of two, with a legend above.
type figure struct {
	title  string
	names  []string // of the kinds of lines
	notes  []string // of the legend
	panels []panel
}

// Sizes in pixels.
const (
	panelWidth, panelHeight = 300, 170 // inside the axes
	left, right             = 78, 14   // of a panel
	above, below            = 34, 46
	legendHeight            = 44
)

// Note: gonum/plot draws such plots, too, but brings fonts and writers for PDF
// and LaTeX along, and its colours are the same on dark pages.
const head = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-labelledby="title">
<title id="title">%[3]s</title>
<style>
svg { color-scheme: light dark; --page: #ffffff; --ink: #1f2328; --faint: #59636e; --grid: #d8dee4; --line0: #0550ae; --line1: #bc4c00; }
@media (prefers-color-scheme: dark) {
svg { --page: #0d1117; --ink: #e6edf3; --faint: #9aa4ae; --grid: #30363d; --line0: #6cb6ff; --line1: #ffa657; }
}
.page { fill: var(--page); }
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--faint); }
text.title { font-weight: 600; font-size: 13px; fill: var(--ink); }
.grid { stroke: var(--grid); }
.axis { stroke: var(--faint); }
.line0, .line1 { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line0 { stroke: var(--line0); }
.line1 { stroke: var(--line1); stroke-dasharray: 7 3; }
.range0, .range1 { stroke-width: 1; }
.range0 { stroke: var(--line0); }
.range1 { stroke: var(--line1); }
.mark0 { fill: var(--line0); }
.mark1 { fill: var(--page); stroke: var(--line1); stroke-width: 2; }
.band0 { fill: var(--line0); opacity: 0.14; }
.band1 { fill: var(--line1); opacity: 0.14; }
</style>
<rect class="page" width="%[1]d" height="%[2]d"/>
`

// svg draws the figure. Its colours are those of the page that it is shown on,
// light or dark.
func (f figure) svg() string {
	const cellWidth, cellHeight = left + panelWidth + right, above + panelHeight + below
	rows := (len(f.panels) + 1) / 2
	width, height := 2*cellWidth, legendHeight+rows*cellHeight
	var out strings.Builder
	fmt.Fprintf(&out, head, width, height, html.EscapeString(f.title))
	f.legend(&out)
	for i, p := range f.panels {
		fmt.Fprintf(&out, "<g transform=\"translate(%d %d)\">\n", i%2*cellWidth+left, legendHeight+i/2*cellHeight+above)
		p.draw(&out)
		out.WriteString("</g>\n")
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func (f figure) legend(out *strings.Builder) {
	x := left
	for kind, name := range f.names {
		fmt.Fprintf(out, "<path class=\"line%d\" d=\"M%d 16h34\"/>\n", kind, x)
		mark(out, kind, float64(x+17), 16)
		text(out, x+42, 20, "start", "", name)
		x += 54 + 7*len(name)
	}
	text(out, left, 40, "start", "", strings.Join(f.notes, "; "))
}

func (p panel) draw(out *strings.Builder) {
	text(out, 0, -14, "start", "title", p.title)
	for _, t := range p.y.ticks {
		y := p.down(t.at)
		fmt.Fprintf(out, "<path class=\"grid\" d=\"M0 %.1fh%d\"/>\n", y, panelWidth)
		text(out, -8, int(y+4.5), "end", "", t.text)
	}
	for _, t := range p.x.ticks {
		x := p.across(t.at)
		fmt.Fprintf(out, "<path class=\"axis\" d=\"M%.1f %dv5\"/>\n", x, panelHeight)
		text(out, int(x+0.5), panelHeight+19, "middle", "", t.text)
	}
	fmt.Fprintf(out, "<path class=\"axis\" d=\"M0 %dh%d\"/>\n", panelHeight, panelWidth)
	text(out, panelWidth/2, panelHeight+37, "middle", "", p.x.label)
	fmt.Fprintf(out, "<text transform=\"translate(%d %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n", -left+16, panelHeight/2, html.EscapeString(p.y.label))
	for _, l := range p.lines {
		if l.band > 0 {
			top, bottom := p.down(l.band*(1+bandWidth)), p.down(l.band*(1-bandWidth))
			fmt.Fprintf(out, "<rect class=\"band%d\" x=\"0\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>\n", l.kind, top, panelWidth, bottom-top)
		}
	}
	for _, l := range p.lines {
		var path strings.Builder
		for i, at := range l.points {
			x := p.across(at.x)
			fmt.Fprintf(out, "<path class=\"range%d\" d=\"M%.1f %.1fV%.1f\"/>\n", l.kind, x, p.down(at.lo), p.down(at.hi))
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], x, p.down(at.y))
		}
		fmt.Fprintf(out, "<path class=\"line%d\" d=\"%s\"/>\n", l.kind, path.String())
	}
	for _, l := range p.lines {
		for _, at := range l.points {
			mark(out, l.kind, p.across(at.x), p.down(at.y))
		}
	}
}

// across and down are where a value is, in pixels.
func (p panel) across(v float64) float64 { return p.x.place(v) * panelWidth }

func (p panel) down(v float64) float64 { return (1 - p.y.place(v)) * panelHeight }

// mark draws a point: a disk or a square, so that colours are not needed.
func mark(out *strings.Builder, kind int, x, y float64) {
	if kind == 0 {
		fmt.Fprintf(out, "<circle class=\"mark0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, y)
		return
	}
	fmt.Fprintf(out, "<rect class=\"mark1\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>\n", x-3.5, y-3.5)
}

func text(out *strings.Builder, x, y int, anchor, class, s string) {
	if class != "" {
		class = fmt.Sprintf(" class=%q", class)
	}
	fmt.Fprintf(out, "<text%s x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, html.EscapeString(s))
}
