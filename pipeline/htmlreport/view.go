package htmlreport

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
)

// view is the page as its template takes it: every section that has something
// to say, in words and formatted numbers.
type view struct {
	Page
	Charts, Saved template.JS

	Sections   []section
	Categories []category
	Walls      *table
	WallChart  bool // worth drawing: more than one way or trial
	Cores      *table
	Efficiency *table
	Timelines  []timelineView
	Latency    *table
	Curves     []curveView
	Bytes      *table
	Kernel     *table
}

// section is a heading and its link.
type section struct {
	ID    Section
	Title string
	Notes []string
}

// table is text in rows, each with a header cell first.
type table struct {
	Caption string
	Columns []string
	Rows    []row
}

type row struct {
	Head   string
	Swatch string // colour beside the head; empty: none
	Group  bool   // a heading over the rows that follow
	Total  bool   // the sum of the rows before
	Cells  []cell
}

type cell struct {
	Text, Small string // Small stands beneath, in smaller type
	Word        bool   // aligned to the left
}

type timelineView struct {
	Way    int
	Name   string
	Note   string
	Number *table
}

type curveView struct {
	Section   Section
	Axis      string
	Table     *table
	Crossings []string
}

var titles = []section{
	{ID: VerdictSection, Title: "Verdict"},
	{ID: WaysSection, Title: "Ways"},
	{ID: CoresSection, Title: "Core-seconds"},
	{ID: TimelineSection, Title: "Timeline"},
	{ID: LatencySection, Title: "Chunk latency"},
	{ID: ScalingSection, Title: "Scaling"},
	{ID: ChunkSizeSection, Title: "Chunk size"},
	{ID: BytesSection, Title: "Bytes"},
	{ID: KernelSection, Title: "Faults and switches"},
	{ID: EnvironmentSection, Title: "Environment"},
	{ID: DataSection, Title: "Data"},
}

func viewOf(p Page) (view, error) {
	v := view{Page: p, Categories: categoriesOf(p)}
	v.Walls = wallsOf(p.Ways)
	for _, w := range p.Ways {
		v.WallChart = v.WallChart || len(p.Ways) > 1 || len(w.Samples) > 1
	}
	v.Cores = coresOf(p.Ways, v.Categories)
	v.Efficiency = efficiencyOf(p.Ways)
	timelines := v.lanes()
	v.Latency = latencyOf(p.Ways)
	v.Curves = append(v.Curves, curveOf(ScalingSection, "workers", p.Scaling)...)
	v.Curves = append(v.Curves, curveOf(ChunkSizeSection, "rows a chunk", p.ChunkSize)...)
	v.Bytes, v.Kernel = bytesOf(p.Ways), kernelOf(p.Ways)

	has := map[Section]bool{
		VerdictSection:     len(p.Findings) > 0,
		WaysSection:        v.Walls != nil,
		CoresSection:       v.Cores != nil || v.Efficiency != nil,
		TimelineSection:    len(v.Timelines) > 0,
		LatencySection:     v.Latency != nil,
		BytesSection:       v.Bytes != nil,
		KernelSection:      v.Kernel != nil,
		EnvironmentSection: len(p.Environment) > 0,
		DataSection:        p.Data != nil,
	}
	for _, c := range v.Curves {
		has[c.Section] = true
	}
	for _, s := range titles {
		if !has[s.ID] {
			continue
		}
		for _, n := range p.Notes {
			if n.Section == s.ID {
				s.Notes = append(s.Notes, n.Text)
			}
		}
		v.Sections = append(v.Sections, s)
	}

	var err error
	if v.Charts, err = scriptJSON(chartsOf(p, v.Categories, timelines)); err != nil {
		return v, err
	}
	if p.Data != nil {
		if v.Saved, err = scriptJSON(p.Data); err != nil {
			return v, fmt.Errorf("the data to save: %w", err)
		}
	}
	return v, nil
}

// The embedded files, for the template.

func (v view) CSS() template.CSS     { return template.CSS(asset("page.css")) }
func (v view) Script() template.JS   { return template.JS(asset("page.js")) }
func (v view) D3() template.JS       { return template.JS(asset("vendor/d3.min.js")) }
func (v view) Plot() template.JS     { return template.JS(asset("vendor/plot.umd.min.js")) }
func (v view) Licences() template.JS { return template.JS("/*\n" + asset("vendor/LICENSES") + "*/") }

// Drawn tells whether there is a chart on the page, and so a use for the library.
func (v view) Drawn() bool {
	return v.WallChart || v.Cores != nil || len(v.Timelines) > 0 || v.Latency != nil || len(v.Curves) > 0
}

// InTimelines are the categories that some timeline shows.
func (v view) InTimelines() []category {
	return slices.DeleteFunc(slices.Clone(v.Categories), func(c category) bool {
		return !slices.ContainsFunc(v.Ways, func(w Way) bool {
			return slices.ContainsFunc(w.Lanes, func(l Lane) bool { return inLane(l, c.Name) > 0 })
		})
	})
}

// CurvesIn are the curves of a section: one or none.
func (v view) CurvesIn(s Section) []curveView {
	return slices.DeleteFunc(slices.Clone(v.Curves), func(c curveView) bool { return c.Section != s })
}

func wallsOf(ways []Way) *table {
	if len(ways) == 0 {
		return nil
	}
	t := &table{
		Caption: "Wall time of each way",
		Columns: []string{"Way", "Median", "Ratio to fastest", "Verdict", "Trials", "Copied", "Shared", "Peak memory"},
	}
	for _, w := range ways {
		t.Rows = append(t.Rows, row{Head: w.Name, Cells: []cell{
			{Text: orUnknown(w.Wall.Value, seconds), Small: interval(w.Wall, seconds)},
			{Text: ratio(w.Ratio.Value), Small: interval(w.Ratio, ratio)},
			{Text: w.Verdict, Word: true},
			{Text: strconv.Itoa(len(w.Samples))},
			{Text: size(w.CopiedBytes)},
			{Text: size(w.SharedBytes)},
			{Text: size(w.PeakBytes)},
		}})
	}
	return t
}

// coresOf has a row for each category and a column for each way.
func coresOf(ways []Way, categories []category) *table {
	t := &table{Caption: "Core-seconds of each way by category", Columns: []string{"Category"}}
	totals := row{Head: "all", Total: true}
	spent := slices.DeleteFunc(slices.Clone(ways), func(w Way) bool { return len(w.Spent) == 0 })
	for _, w := range spent {
		t.Columns = append(t.Columns, w.Name)
		var total float64
		for _, c := range categories {
			total += spentOn(w, c.Name)
		}
		totals.Cells = append(totals.Cells, cell{Text: seconds(total)})
	}
	for _, c := range categories {
		r, any := row{Head: c.Name, Swatch: c.Fill}, false
		for _, w := range spent {
			s := spentOn(w, c.Name)
			any = any || s > 0
			r.Cells = append(r.Cells, cell{Text: orUnknown(s, seconds)})
		}
		if any {
			t.Rows = append(t.Rows, r)
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	t.Rows = append(t.Rows, totals)
	return t
}

func efficiencyOf(ways []Way) *table {
	t := &table{
		Caption: "POP efficiencies of each way",
		Columns: []string{"Way", "Parallel efficiency", "Load balance", "Communication", "Serialisation", "Transfer"},
	}
	for _, w := range ways {
		if e := w.Efficiency; e != nil {
			r := row{Head: w.Name}
			for _, f := range []float64{e.Parallel, e.LoadBalance, e.Communication, e.Serialisation, e.Transfer} {
				r.Cells = append(r.Cells, cell{Text: percent(f)})
			}
			t.Rows = append(t.Rows, r)
		}
	}
	return t.unlessEmpty()
}

// lanes fills v.Timelines, the fastest way first and the slowest second, and
// gives what the chart needs of each.
func (v *view) lanes() []timeline {
	var order []int
	for i := range v.Ways {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.Ways[a].Wall.Value, v.Ways[b].Wall.Value) })
	if n := len(order); n > 2 {
		order = slices.Insert(order[:n-1], 1, order[n-1])
	}
	var drawn []timeline
	for _, i := range order {
		t, ok := timelineOf(i, v.Ways[i].Lanes, v.Categories)
		if !ok {
			continue
		}
		drawn = append(drawn, t)
		note := "Every span is drawn."
		if t.merged > 0 {
			note = fmt.Sprintf("Spans shorter than a pixel, %s, are drawn together with their neighbours, in the colour that most of their time has: %s spans are.",
				seconds(t.resolution), count(int64(t.merged)))
		}
		v.Timelines = append(v.Timelines, timelineView{
			Way: i, Name: v.Ways[i].Name, Note: note, Number: lanesOf(v.Ways[i], v.Categories)})
	}
	return drawn
}

func lanesOf(w Way, categories []category) *table {
	t := &table{Caption: "Lanes of " + w.Name, Columns: []string{"Lane", "Spans"}}
	var shown []category
	for _, c := range categories {
		if slices.ContainsFunc(w.Lanes, func(l Lane) bool { return inLane(l, c.Name) > 0 }) {
			shown = append(shown, c)
			t.Columns = append(t.Columns, c.Name)
		}
	}
	for _, l := range w.Lanes {
		r := row{Head: l.Name, Cells: []cell{{Text: count(int64(len(l.Spans)))}}}
		for _, c := range shown {
			r.Cells = append(r.Cells, cell{Text: orUnknown(inLane(l, c.Name), seconds)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func inLane(l Lane, category string) float64 {
	var sum float64
	for _, s := range l.Spans {
		if s.Category == category && drawable(s) {
			sum += s.Duration
		}
	}
	return sum
}

func latencyOf(ways []Way) *table {
	t := &table{
		Caption: "Time of a chunk from being read to being done",
		Columns: []string{"Way", "Chunks", "Shortest", "Median", "90 %", "99 %", "Longest"},
	}
	for _, w := range ways {
		if all := sorted(w.Latencies); len(all) > 0 {
			t.Rows = append(t.Rows, row{Head: w.Name, Cells: []cell{
				{Text: count(int64(len(all)))}, {Text: seconds(all[0])}, {Text: seconds(quantile(all, 0.5))},
				{Text: seconds(quantile(all, 0.9))}, {Text: seconds(quantile(all, 0.99))}, {Text: seconds(all[len(all)-1])},
			}})
		}
	}
	return t.unlessEmpty()
}

// curveOf has a row for each place on the x axis and a column for each curve.
func curveOf(s Section, axis string, curves []Curve) []curveView {
	c := curveView{Section: s, Axis: axis}
	c.Table = &table{Caption: "Median wall time by " + axis, Columns: []string{axis}}
	var xs []float64
	for _, line := range curves {
		c.Table.Columns = append(c.Table.Columns, line.Name)
		for _, p := range line.Points {
			xs = append(xs, p.X)
		}
		for _, m := range line.Crossovers {
			c.Crossings = append(c.Crossings, m.Label)
		}
	}
	xs = slices.Compact(sorted(xs))
	for _, x := range xs {
		r := row{Head: rowsText(x)}
		for _, line := range curves {
			var wall cell
			if i := slices.IndexFunc(line.Points, func(p Point) bool { return p.X == x }); i >= 0 {
				w := line.Points[i].Wall
				wall = cell{Text: orUnknown(w.Value, seconds), Small: interval(w, seconds)}
			}
			r.Cells = append(r.Cells, wall)
		}
		c.Table.Rows = append(c.Table.Rows, r)
	}
	if len(xs) == 0 {
		return nil
	}
	return []curveView{c}
}

func bytesOf(ways []Way) *table {
	t := &table{Caption: "Bytes by stage", Columns: []string{"Stage", "Read", "Shared", "Copied"}}
	for _, w := range ways {
		if len(w.Stages) == 0 {
			continue
		}
		t.Rows = append(t.Rows, row{Head: w.Name, Group: true})
		for _, s := range w.Stages {
			t.Rows = append(t.Rows, row{Head: s.Stage, Cells: []cell{{Text: orNone(s.Read)}, {Text: orNone(s.Shared)}, {Text: orNone(s.Copied)}}})
		}
	}
	return t.unlessEmpty()
}

func kernelOf(ways []Way) *table {
	t := &table{
		Caption: "Page faults and context switches of all processes",
		Columns: []string{"Way", "Minor faults", "Major faults", "Voluntary switches", "Involuntary switches"},
	}
	for _, w := range ways {
		if k := w.Kernel; k != nil {
			t.Rows = append(t.Rows, row{Head: w.Name, Cells: []cell{
				{Text: count(k.MinorFaults)}, {Text: count(k.MajorFaults)},
				{Text: count(k.VoluntarySwitches)}, {Text: count(k.InvoluntarySwitches)},
			}})
		}
	}
	return t.unlessEmpty()
}

func (t *table) unlessEmpty() *table {
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func orUnknown(v float64, how func(float64) string) string {
	if v == 0 {
		return unknown
	}
	return how(v)
}

func orNone(sizeBytes int64) string {
	if sizeBytes == 0 {
		return unknown
	}
	return size(sizeBytes)
}

// rowsText shows a place on the x axis of a curve, which is a whole number as a
// rule.
func rowsText(x float64) string {
	if x == float64(int64(x)) {
		return count(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
