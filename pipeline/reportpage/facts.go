package reportpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// facts are key and value; what has no value is left out.
type facts []htmlreport.Fact

func (f *facts) add(key, format string, args ...any) {
	if value := strings.TrimSpace(fmt.Sprintf(format, args...)); value != "" {
		*f = append(*f, htmlreport.Fact{Key: key, Value: value})
	}
}

// runFacts are those of a single run.
func runFacts(r *pipeline.Report, a About) []htmlreport.Fact {
	var f facts
	if !r.Began.IsZero() {
		f.add("Began", "%s", r.Began.Format(time.RFC3339))
	}
	f.addMachine(a.Environment)
	if a.Resident != nil {
		f.add("Page cache", "held %.3g %% of the inputs when the run began", 100**a.Resident)
	}
	f.add("Workers", "%d", r.Workers)
	if r.Readers > 0 {
		f.add("Readers", "%d", r.Readers)
	}
	splits := fmt.Sprint(r.Splits)
	if r.PrunedSplits > 0 {
		splits += fmt.Sprintf(", and %d left out by their statistics", r.PrunedSplits)
	}
	f.add("Splits", "%s", splits)
	if r.PrunedRows > 0 {
		f.add("Rows left out", "%s, by statistics of splits and pages", quantity.Count(r.PrunedRows, "row"))
	}
	if r.ArenaLimit > 0 {
		f.add("Chunks in flight", "%s at most, of %s allowed", quantity.Bytes(r.ArenaBytes), quantity.Bytes(r.ArenaLimit))
	}
	f.add("Command", "%s", ShellLine(a.Command))
	return f
}

// comparisonFacts are those of a comparison.
func comparisonFacts(c *compare.Comparison, a About) []htmlreport.Fact {
	var f facts
	if !c.Began.IsZero() {
		f.add("Began", "%s", c.Began.Format(time.RFC3339))
	}
	f.addMachine(c.Environment)
	f.add("Page cache", "%s; %s", c.Cache, residency(c))
	f.add("Trials", "%d of each way, after one that is not counted; %s", c.Trials, c.Ended())
	f.add("Seed", "%d, from which the order of each round is drawn", c.Seed)
	f.add("Intervals", "95 %% of a median, %.4g %% of a ratio", 100*(1-c.Alpha))
	f.add("Differences", "Mann-Whitney U test at a level of %.2g, and at least 1 %%", c.Alpha)
	f.add("Command", "%s", ShellLine(a.Command))
	return f
}

// addMachine is what of the environment is known.
func (f *facts) addMachine(e environment.Environment) {
	if e.Cores > 0 {
		cpu := quantity.Count(int64(e.Cores), "core")
		if e.CPU != "" {
			cpu += " of " + e.CPU
		}
		f.add("CPU", "%s", cpu)
	}
	if e.Memory > 0 {
		f.add("Memory", "%s", quantity.Bytes(e.Memory))
	}
	var limits []string
	if e.GOMAXPROCS > 0 && e.GOMAXPROCS != e.Cores {
		limits = append(limits, fmt.Sprintf("GOMAXPROCS %d", e.GOMAXPROCS))
	}
	if e.CgroupCPUs > 0 {
		limits = append(limits, fmt.Sprintf("%.3g cores for the control group", e.CgroupCPUs))
	}
	if e.CgroupBytes > 0 {
		limits = append(limits, quantity.Bytes(e.CgroupBytes)+" of memory for the control group")
	}
	if len(limits) == 0 && e.Cores > 0 {
		limits = []string{"none"}
	}
	f.add("Limits", "%s", strings.Join(limits, ", "))
	f.add("Kernel", "%s", e.Kernel)
	f.add("System", "%s", strings.Trim(e.OS+"/"+e.Arch, "/"))
	if e.LoadAverage > 0 {
		f.add("Load before", "%.2g threads ready to run, over a minute", e.LoadAverage)
	}
	if e.Weir != "" || e.Go != "" {
		f.add("Versions", "weir %s, %s", e.Weir, e.Go)
	}
}

// residency says what the runs found in the page cache.
func residency(c *compare.Comparison) string {
	switch least, most := c.Resident(); {
	case least == compare.NotKnown:
		return "the system does not tell what runs found there"
	case least == most:
		return fmt.Sprintf("every run found %.3g %% of the inputs there", 100*least)
	default:
		return fmt.Sprintf("runs found %.3g to %.3g %% of the inputs there", 100*least, 100*most)
	}
}

// comparisonWarnings are what to know before trusting a comparison.
func comparisonWarnings(c *compare.Comparison) []string {
	var all []string
	if len(c.Rows) > 1 && c.Trials < c.LeastTrials {
		all = append(all, fmt.Sprintf("%s of each way cannot tell differences from chance: at least %d are needed.", quantity.Count(int64(c.Trials), "trial"), c.LeastTrials))
	}
	if least, _ := c.Resident(); c.Cache == compare.Warm && least != compare.NotKnown && least < 1 {
		all = append(all, fmt.Sprintf("The page cache was to hold the inputs, but some runs found only %.3g %% of them there.", 100*least))
	}
	all = append(all, busy(c.Environment)...)
	seen := map[string]bool{}
	add := func(texts []string) {
		for _, t := range texts {
			if !seen[t] {
				seen[t] = true
				all = append(all, t)
			}
		}
	}
	for i := range c.Rows {
		for j := range c.Rows[i].Reports {
			add(c.Rows[i].Reports[j].Warnings)
		}
		add(traceWarnings(shown(&c.Rows[i])))
	}
	return all
}

// busy warns of a machine that others used.
func busy(e environment.Environment) []string {
	if e.Cores == 0 || e.LoadAverage < float64(e.Cores)/2 {
		return nil
	}
	return []string{fmt.Sprintf("Other programs were at work: a load of %.2g on %s over the minute before.", e.LoadAverage, quantity.Count(int64(e.Cores), "core"))}
}

func traceWarnings(r *pipeline.Report) []string {
	if r.Trace == nil || r.Trace.Dropped() == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s were not recorded, because there were too many. Its timeline has gaps.", nameOf(r), quantity.Count(int64(r.Trace.Dropped()), "span"))}
}
