package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// writeExplanation writes the plan, the sample, the machine's figures, the
// predictions and what follows from them.
func writeExplanation(w io.Writer, e *explanation) error {
	var out bytes.Buffer
	writePlan(&out, e)
	fmt.Fprintln(&out)
	writeSample(&out, e.Sample)
	fmt.Fprintln(&out)
	fmt.Fprintln(&out, e.Machine)
	writePredictions(&out, e)
	fmt.Fprintln(&out)
	for _, s := range e.sentences() {
		fmt.Fprintln(&out, s)
	}
	for _, s := range e.Warnings {
		fmt.Fprintln(&out, "warning: "+s)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// writePlan writes what is decided before the first chunk is read.
func writePlan(out *bytes.Buffer, e *explanation) {
	o := &e.Sample.Outline
	fmt.Fprintln(out, "the plan:")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(table, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	columns := strings.Join(o.Columns, ", ")
	if columns == "" {
		columns = "none, rows are only counted"
	}
	line("columns", "%d of %d read: %s", len(o.Columns), o.ColumnsInAll, columns)
	for _, s := range o.Stages {
		line(s.Kind, "%s", s.Text)
	}
	switch {
	case o.Aggregate != "" && o.By != "":
		line("aggregate", "%s by %s", o.Aggregate, o.By)
	case o.Aggregate != "":
		line("aggregate", "%s", o.Aggregate)
	case o.Select != "":
		line("rows", "%s", o.Select)
	default:
		line("rows", "all columns")
	}
	largest := quantity.Bytes(e.Splits.LargestBytes)
	if e.Splits.LargestRows >= 0 {
		largest += ", " + quantity.Count(e.Splits.LargestRows, "row")
	}
	line("splits", "%s of %s, %s together, the largest %s", quantity.Count(int64(e.Splits.Count), "split"), quantity.Count(int64(o.Files), "file"),
		quantity.Bytes(e.Splits.SizeBytes), largest)
	if left := leftOut(o.PrunedSplits, o.PrunedRows); left != "" {
		line("", "%s left out by statistics", left)
	}
	reason := o.Reason
	if reason == "" {
		reason = "as asked for"
	}
	line("mode", "%s: %s", o.Mode, reason)
	line("lanes", "%s, chunks of at most %s", quantity.Count(int64(o.Workers), "worker"), quantity.Count(int64(o.ChunkRows), "row"))
	line("input", "%s", inputText(o))
	table.Flush()
}

// inputText says how the columns come into memory.
func inputText(o *pipeline.Outline) string {
	switch {
	case o.Input == pipeline.InputMapped:
		return "mapped by the workers, which compute in place"
	case o.Input == pipeline.InputRead:
		return "read in blocks that fit a core's cache, as it is"
	case o.Mode == pipeline.Mmap:
		return "decoded into shared memory"
	}
	return "decoded"
}

// writeSample writes what a row takes with one lane and with several.
func writeSample(out *bytes.Buffer, s *pipeline.Sample) {
	total := quantity.Count(s.TotalRows, "row")
	if s.Estimated {
		total = "about " + total
	}
	fmt.Fprintf(out, "the sample: %s of %s in %s, %s:\n", quantity.Thousands(s.Rows), total, quantity.Count(s.Chunks, "chunk"), quantity.Duration(secondsOf(s.TookSeconds)))
	if s.Rows == 0 {
		fmt.Fprintln(out, "  there is nothing to read")
		return
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "  a row takes\tread\tdecode\tcompute\tspread\twaiting\t\n")
	row := func(name string, c *pipeline.Costs) {
		rows := float64(s.Outline.ChunkRows)
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t\n", name, perRow(c.Read.Row(rows)), perRow(c.Decode.Row(rows)), perRow(c.Compute.Row(rows)),
			quantity.Percent(c.Compute.Spread), perRow(c.Read.BlockedSeconds+c.Decode.BlockedSeconds+c.Compute.BlockedSeconds))
	}
	row("on 1 lane", &s.Alone)
	if s.Together != nil {
		row(fmt.Sprintf("on %d lanes", s.Lanes), s.Together)
	}
	table.Flush()
	fmt.Fprintf(out, "  a chunk takes %s beside its rows; a row is %s of columns, and %s of the input\n",
		quantity.Duration(secondsOf(s.Alone.Read.ChunkSeconds+s.Alone.Decode.ChunkSeconds+s.Alone.Compute.ChunkSeconds)),
		bytesPerRow(s.Chunk.RowBytes), bytesPerRow(s.Chunk.FileBytes))
	if s.Outline.Aggregate != "" {
		fmt.Fprintf(out, "  what a lane has aggregated is %s, merged in %s\n", quantity.Bytes(s.Partial.SizeBytes), quantity.Duration(secondsOf(s.Partial.MergeSeconds)))
	} else {
		fmt.Fprintf(out, "  %s of the rows are in the result, %s encoded for each row read\n", quantity.Percent(s.Result.Share), bytesPerRow(s.Result.RowBytes))
	}
}

// perRow shows a time that is mostly some ns.
func perRow(s float64) string {
	switch {
	case s < 5e-12:
		return "-"
	case s < 1e-6:
		return fmt.Sprintf("%.3gns", s*1e9)
	}
	return quantity.Duration(secondsOf(s))
}

func bytesPerRow(b float64) string { return fmt.Sprintf("%.3g B", b) }

func secondsOf(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// writePredictions writes a line for each way, with the processor time of its
// steps.
func writePredictions(out *bytes.Buffer, e *explanation) {
	var used []replay.Step
	for step := replay.StepStart; step <= replay.StepFinish; step++ {
		if slices.ContainsFunc(e.Predictions, func(p prediction) bool { return p.of != nil && p.of.Spent(step) >= time.Microsecond }) {
			used = append(used, step)
		}
	}
	fmt.Fprintln(out, "predicted, with processor time by step over all lanes:")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "  mode\twall\tto fastest\t")
	for _, step := range used {
		fmt.Fprintf(table, "%s\t", step)
	}
	fmt.Fprintln(table)
	best := e.fastest()
	for i := range e.Predictions {
		p := &e.Predictions[i]
		if p.of == nil {
			continue
		}
		mark := fmt.Sprintf("%.2f", p.Wall/best.Wall)
		if p == best {
			mark = "fastest"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t", p.Name, quantity.Duration(p.of.Wall), mark)
		for _, step := range used {
			fmt.Fprintf(table, "%s\t", orDash(p.of.Spent(step)))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	for _, p := range e.Predictions {
		if p.of == nil {
			fmt.Fprintf(out, "  %s: %s\n", p.Name, p.Missing)
		}
		for _, what := range p.Omitted {
			fmt.Fprintf(out, "  %s is without %s\n", p.Name, what)
		}
	}
}

// sentences are what follows from the predictions.
func (e *explanation) sentences() []string {
	var s []string
	best, chosen := e.fastest(), e.chosen()
	if best == nil || e.Sample.Rows == 0 {
		return []string{"There are no rows, so that every mode takes as long as opening the input."}
	}
	s = append(s, e.headline(best))
	s = append(s, e.judge(best, chosen))
	if threads := e.of(pipeline.Threads); e.Splits.Count < e.workers && threads != nil {
		s = append(s, fmt.Sprintf("The input has %s for %s, so that threads can use no more than %d; workers of pipe and mmap share the chunks of a split.",
			quantity.Count(int64(e.Splits.Count), "split"), quantity.Count(int64(e.workers), "lane"), threads.Workers))
	}
	s = append(s, e.Crossovers.Sentences(e.workers, e.Sample.Chunk.RowBytes)...)
	return append(s, fmt.Sprintf("The probe took %s and the machine's figures %s; nothing else was run.",
		quantity.Duration(secondsOf(e.Sample.TookSeconds)), quantity.Duration(secondsOf(e.Machine.TookSeconds))))
}

// headline compares the fastest with the others.
func (e *explanation) headline(best *prediction) string {
	var others []string
	for i := range e.Predictions {
		p := &e.Predictions[i]
		if p == best || p.of == nil {
			continue
		}
		text := fmt.Sprintf("%s %s", p.Name, quantity.Duration(p.of.Wall))
		if why := extras(p.of, best.of); why != "" {
			text += ": " + why
		}
		others = append(others, text)
	}
	return fmt.Sprintf("Predicted %s in %s; %s.", quantity.Duration(best.of.Wall), best.Name, strings.Join(others, "; "))
}

// extras are the steps that cost p most beyond what they cost best.
func extras(p, best *costmodel.Prediction) string {
	type extra struct {
		step replay.Step
		more time.Duration
	}
	var all []extra
	for _, t := range p.Steps {
		if more := t.CPU - best.Spent(t.Step); more > p.Wall/50 {
			all = append(all, extra{t.Step, more})
		}
	}
	slices.SortFunc(all, func(a, b extra) int { return int(b.more - a.more) })
	var words []string
	for _, x := range all[:min(3, len(all))] {
		words = append(words, fmt.Sprintf("%s %s", quantity.Duration(x.more), map[replay.Step]string{
			replay.StepStart: "to start lanes", replay.StepPlan: "to plan and create processes", replay.StepOpen: "to open splits",
			replay.StepRead: "more to read", replay.StepDecode: "more to decode", replay.StepEncode: "to encode and hand over chunks",
			replay.StepCopy: "to copy and take chunks", replay.StepCompute: "more to compute", replay.StepReturn: "to return and unmap",
			replay.StepCombine: "to combine partials", replay.StepEmit: "to take rows", replay.StepFinish: "to finish",
		}[x.step]))
	}
	return strings.Join(words, ", ")
}

// closeEnough is how much slower than the fastest a way may be predicted to be
// and count as no worse: predictions are not more precise.
const closeEnough = 1.1

// judge says what the model thinks of the mode that run would take; chosen is nil
// if it has no opinion.
func (e *explanation) judge(best, chosen *prediction) string {
	o := &e.Sample.Outline
	takes := fmt.Sprintf("Run would take %s", o.Mode)
	switch {
	case chosen == nil:
		return takes + ", which cannot be predicted."
	case chosen == best:
		return takes + ", which is the fastest by this prediction."
	case chosen.Wall <= closeEnough*best.Wall:
		return takes + fmt.Sprintf(", which is as fast as %s within the precision of a prediction.", best.Name)
	case o.Reason == "":
		return takes + fmt.Sprintf(" as asked for; %s should be %.2g times as fast.", best.Name, chosen.Wall/best.Wall)
	}
	return takes + fmt.Sprintf(" because of its rule, and the prediction disagrees: %s should be %.2g times as fast. Ask for it by --mode %s.",
		best.Name, chosen.Wall/best.Wall, best.Mode)
}

// of is the prediction of a mode, nil if there is none.
func (e *explanation) of(m pipeline.Mode) *prediction {
	for i := range e.Predictions {
		if p := &e.Predictions[i]; p.Mode == m && p.of != nil {
			return p
		}
	}
	return nil
}

// fewRows are too few to rest a prediction on, unless they are all.
const fewRows = 1000

// warn says what makes the prediction less certain.
func (e *explanation) warn() {
	s := e.Sample
	add := func(format string, args ...any) { e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...)) }
	if s.Rows > 0 && s.Rows < fewRows && s.Rows < s.TotalRows {
		add("the prediction rests on %s only", quantity.Count(s.Rows, "row"))
	}
	if !s.CPUMeasured {
		add("this system does not count the processor time of threads, so that other programs are in the sample's costs")
	} else if s.Rows > 0 && s.CPUShare < 0.9 {
		add("other programs had the processors for %s of the sample's time: the prediction is for a machine without them, and less certain",
			quantity.Percent(1-s.CPUShare))
	}
	var blocked, total float64
	for _, c := range []pipeline.StepCost{s.Alone.Read, s.Alone.Decode, s.Alone.Compute} {
		blocked, total = blocked+c.BlockedSeconds, total+c.BlockedSeconds+c.RowSeconds
	}
	if total > 0 && blocked/total > 0.05 {
		add("the sample waited for a disk for %s of its time: the prediction is for inputs that have to be read from it", quantity.Percent(blocked/total))
	}
}
