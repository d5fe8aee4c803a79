package htmlreport

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
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
		if s.ID == WaysSection && len(p.Ways) == 1 {
			s.Title = "Run"
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
	lanes := 0
	for _, w := range v.Ways {
		lanes += len(w.Lanes)
	}
	var drawn []timeline
	for _, i := range order {
		t, ok := timelineOf(i, v.Ways[i].Lanes, v.Categories, lanes)
		if !ok {
			continue
		}
		drawn = append(drawn, t)
		note := "Every span is drawn."
		if t.merged > 0 {
			note = fmt.Sprintf("Spans shorter than %s are drawn together with their neighbours, in the colour that most of their time has: %s spans are.",
				seconds(t.resolution), count(int64(t.merged)))
		}
		v.Timelines = append(v.Timelines, timelineView{
			Way: i, Name: v.Ways[i].Name, Note: note, Number: lanesOf(v.Ways[i], v.Categories)})
	}
	return drawn
}
