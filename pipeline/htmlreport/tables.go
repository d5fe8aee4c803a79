package htmlreport

import (
	"slices"
	"strconv"
	"strings"
)

// table is text in rows, each with a header cell first.
type table struct {
	Caption string
	Columns []string
	Rows    []row
}

type row struct {
	Head   string
	Swatch string // colour beside the head; empty: none
	Total  bool   // the sum of the rows before
	Cells  []cell
}

type cell struct {
	Text, Small string // Small stands beneath, in smaller type
	Word        bool   // may be broken into lines
}

// wallsOf leaves out what is told of no way: a single run is compared with
// nothing.
func wallsOf(ways []Way) *table {
	if len(ways) == 0 {
		return nil
	}
	any := func(has func(w Way) bool) bool { return slices.ContainsFunc(ways, has) }
	repeated, wall := any(func(w Way) bool { return len(w.Samples) > 1 }), "Wall time"
	if repeated {
		wall = "Median"
	}
	columns := []struct {
		name  string
		shown bool
		cell  func(w Way) cell
	}{
		{wall, true, func(w Way) cell {
			return cell{Text: orUnknown(w.Wall.Value, seconds), Small: interval(w.Wall, seconds)}
		}},
		{"Ratio to fastest", any(func(w Way) bool { return w.Ratio.Value != 0 }), func(w Way) cell {
			return cell{Text: ratio(w.Ratio.Value), Small: interval(w.Ratio, ratio)}
		}},
		{"Verdict", any(func(w Way) bool { return w.Verdict != "" }), func(w Way) cell { return cell{Text: w.Verdict, Word: true} }},
		{"Trials", repeated, func(w Way) cell { return cell{Text: strconv.Itoa(len(w.Samples))} }},
		{"Copied", true, func(w Way) cell { return cell{Text: size(w.CopiedBytes)} }},
		{"Shared", true, func(w Way) cell { return cell{Text: size(w.SharedBytes)} }},
		{"Peak memory", true, func(w Way) cell { return cell{Text: size(w.PeakBytes)} }},
	}
	t := &table{Caption: "Wall time of each way", Columns: []string{"Way"}}
	if len(ways) == 1 {
		t.Caption = "Wall time"
	}
	for _, w := range ways {
		r := row{Head: w.Name}
		for _, c := range columns {
			if c.shown {
				r.Cells = append(r.Cells, c.cell(w))
			}
		}
		t.Rows = append(t.Rows, r)
	}
	for _, c := range columns {
		if c.shown {
			t.Columns = append(t.Columns, c.name)
		}
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

// bytesOf has a column for each stage that some way has bytes at.
func bytesOf(ways []Way) *table {
	t := &table{Caption: "Bytes by stage", Columns: []string{"Way"}}
	var stages []string
	for _, w := range ways {
		for _, s := range w.Stages {
			if s.Bytes != 0 && !slices.Contains(stages, s.Stage) {
				stages = append(stages, s.Stage)
			}
		}
	}
	// In the order in which a way lists them.
	for _, w := range ways {
		at := func(stage string) int {
			return slices.IndexFunc(w.Stages, func(s StageBytes) bool { return s.Stage == stage })
		}
		slices.SortStableFunc(stages, func(a, b string) int {
			if i, j := at(a), at(b); i >= 0 && j >= 0 {
				return i - j
			}
			return 0
		})
	}
	t.Columns = append(t.Columns, stages...)
	for _, w := range ways {
		r := row{Head: w.Name}
		for _, stage := range stages {
			c := cell{Text: unknown}
			for _, s := range w.Stages {
				if s.Stage == stage && s.Bytes != 0 {
					c = cell{Text: size(s.Bytes), Small: moved(s)}
				}
			}
			r.Cells = append(r.Cells, c)
		}
		if len(w.Stages) > 0 && len(stages) > 0 {
			t.Rows = append(t.Rows, r)
		}
	}
	return t.unlessEmpty()
}

// moved says how much of a stage's bytes was shared, and how much copied.
func moved(s StageBytes) string {
	var parts []string
	for _, part := range []struct {
		name      string
		sizeBytes int64
	}{{"shared", s.Shared}, {"copied", s.Copied}} {
		switch {
		case part.sizeBytes == 0:
		case part.sizeBytes == s.Bytes:
			parts = append(parts, part.name)
		default:
			parts = append(parts, size(part.sizeBytes)+" "+part.name)
		}
	}
	return strings.Join(parts, ", ")
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

// rowsText shows a place on the x axis of a curve, which is a whole number as a
// rule.
func rowsText(x float64) string {
	if x == float64(int64(x)) {
		return count(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
