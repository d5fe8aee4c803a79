// Package reportpage makes the HTML report of a run or a comparison: it says
// what package htmlreport shows in the words of runs. What --report FILE.json
// holds comes from here too.
//
//	page, err := reportpage.OfRun(&res.Report, verdict.OfRun(&res.Report, evidence), reportpage.About{Job: job})
//	if err == nil {
//		err = htmlreport.Write(file, page)
//	}
//
// A run has to be recorded (pipeline.Options.Trace) and charged
// (pipeline.Report.Charge) for its page to have more than its wall time.
package reportpage

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// About is what a page says beside what was measured. The zero value works.
type About struct {
	// Job is what was computed, for the title. Default: it is not said.
	Job pipeline.Job

	// Command is the command line of a run; a comparison has its own.
	// Default: none is shown.
	Command []string

	// Environment is where a run was made; a comparison has its own.
	// Default: it is not said.
	Environment environment.Environment

	// Resident is the part of a run's inputs that was in the page cache when it
	// began, nil if that is not known; a comparison has its own.
	Resident *float64

	// Advise gives the commands that follow an advice, each as its words.
	// Default: none are shown.
	Advise func(*verdict.Advice) [][]string
}

// OfRun is the page of one run. v may be nil.
func OfRun(r *pipeline.Report, v *verdict.Verdict, a About) (htmlreport.Page, error) {
	why := ""
	if r.Reason != "" {
		why = "Auto took this mode: " + r.Reason
	}
	way := wayOf(r)
	way.Name = nameOf(r)
	way.Wall, way.Samples = htmlreport.Estimate{Value: r.Wall.Seconds()}, []float64{r.Wall.Seconds()}
	p := htmlreport.Page{
		Title: way.Name + on(a.Job), Summary: sentences(jobText(a.Job), chunksText(r), why),
		Command: ShellLine(a.Command), Time: r.Began, Digest: r.Digest, Runs: 1,
		Findings: findings(v, nil, a), Ways: []htmlreport.Way{way}, Categories: categories(),
		Environment: runFacts(r, a), Notes: []htmlreport.SectionNote{stagesNote}, Warnings: slices.Concat(r.Warnings, traceWarnings(r), busy(a.Environment)),
	}
	var err error
	p.Data, err = Data(r, v)
	return p, err
}

// OfComparison is the page of a comparison. v may be nil.
func OfComparison(c *compare.Comparison, v *verdict.Verdict, a About) (htmlreport.Page, error) {
	if len(c.Command) > 0 {
		a.Command = c.Command
	}
	p := htmlreport.Page{
		Title: fmt.Sprintf("%s compared%s", quantity.Count(int64(len(c.Rows)), "way"), on(a.Job)), Summary: sentences(jobText(a.Job), rowsText(c)),
		Command: ShellLine(a.Command), Time: c.Began, Digest: c.Digest, Runs: len(c.Rows) * c.Trials,
		Findings: findings(v, c, a), Categories: categories(),
		Scaling: curves(c, compare.ByWorkers), ChunkSize: curves(c, compare.ByChunkRows),
		Environment: comparisonFacts(c, a), Warnings: comparisonWarnings(c), Notes: notes(c),
	}
	for i := range c.Rows {
		p.Ways = append(p.Ways, seriesOf(c, i))
	}
	var err error
	p.Data, err = Data(c, v)
	return p, err
}

// nameOf is a run's way as tables show it.
func nameOf(r *pipeline.Report) string {
	return compare.Way{Mode: r.Mode, Codec: r.Codec, Workers: r.Workers}.String()
}

// on names the inputs of a job.
func on(j pipeline.Job) string {
	var names []string
	for _, in := range j.Inputs {
		if in == "-" {
			in = "standard input"
		}
		names = append(names, filepath.Base(in))
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 3:
		return fmt.Sprintf(" on %d inputs", len(names))
	}
	return " on " + strings.Join(names, ", ")
}

// jobText is a job in words.
func jobText(j pipeline.Job) string {
	text := j.Aggregate
	switch {
	case text == "" && j.Select == "" && len(j.Inputs) == 0:
		return ""
	case text == "" && j.Select == "":
		text = "All columns"
	case text == "":
		text = "Columns " + j.Select
	}
	if j.By != "" {
		text += " by " + j.By
	}
	if j.Where != "" {
		text += " where " + j.Where
	}
	if len(j.Derive) > 0 {
		text += " with " + strings.Join(j.Derive, ", ")
	}
	return text
}

func chunksText(r *pipeline.Report) string {
	return fmt.Sprintf("%s in %s of at most %s", quantity.Count(r.Rows, "row"), quantity.Count(r.Chunks, "chunk"), quantity.Count(int64(r.ChunkRows), "row"))
}

// rowsText says how many rows every run had, and in how many chunks if that was
// the same.
func rowsText(c *compare.Comparison) string {
	first := shown(&c.Rows[0])
	for i := range c.Rows {
		if r := shown(&c.Rows[i]); r.Chunks != first.Chunks || r.ChunkRows != first.ChunkRows {
			return quantity.Count(first.Rows, "row")
		}
	}
	return chunksText(first)
}

// sentences ends each text with a full stop.
func sentences(texts ...string) string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t+".")
		}
	}
	return strings.Join(all, " ")
}

// categories are the causes of the account, and what lanes wait for beside them.
func categories() []htmlreport.Category {
	var all []htmlreport.Category
	for _, c := range account.Causes() {
		all = append(all, htmlreport.Category{Name: c.String(), Text: c.Explanation()})
	}
	return append(all,
		htmlreport.Category{Name: waitForTurn, Text: "a lane that waits until others have merged or written what comes before"},
		htmlreport.Category{Name: waitForOthers, Text: "the coordinator, or who takes what a worker returns, asleep until there is something: no core is idle because of it"},
	)
}

var stagesNote = htmlreport.SectionNote{Section: htmlreport.BytesSection, Text: "By stage: read from the inputs; decoded to columns, or found as columns in a mapped file; " +
	"handed over to worker processes; returned by them; written as the result. Threads need no hand-over, and comparisons write nothing."}

// notes say which run is shown where one has to stand for its way.
func notes(c *compare.Comparison) []htmlreport.SectionNote {
	all := []htmlreport.SectionNote{stagesNote}
	if c.Trials < 2 {
		return all
	}
	for _, s := range []htmlreport.Section{htmlreport.CoresSection, htmlreport.TimelineSection, htmlreport.LatencySection, htmlreport.BytesSection, htmlreport.KernelSection} {
		all = append(all, htmlreport.SectionNote{Section: s, Text: "Of one run of each way, the one whose wall time is nearest to the median."})
	}
	for _, curve := range c.Curves(compare.ByWorkers) {
		if curve.Ways.Mode == pipeline.Sequential {
			all = append(all, htmlreport.SectionNote{Section: htmlreport.ScalingSection, Text: "Sequential has one worker, whatever is asked for: its line is level."})
			break
		}
	}
	return all
}
