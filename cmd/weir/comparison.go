package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// writeComparison writes how the comparison was made, a table of the wall times
// and what follows from them, one of what the lanes did meanwhile, and what that
// means.
func writeComparison(w io.Writer, c *compare.Comparison, v *verdict.Verdict, advise func(*verdict.Advice) [][]string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "one result, digest %s\n", c.Digest)
	fmt.Fprintf(&out, "%s of each way in random order, seed %d; %s\n", quantity.Count(int64(c.Trials), "trial"), c.Seed, c.Ended())
	fmt.Fprintf(&out, "page cache %s: %s\n", c.Cache, residency(c))
	fmt.Fprintf(&out, "%s\n\n", c.Environment)
	writeTimes(&out, c)
	fmt.Fprintln(&out)
	writeSpent(&out, c)
	writeVerdict(&out, v, advise)
	_, err := w.Write(out.Bytes())
	return err
}

// residency says what the runs found in the page cache.
func residency(c *compare.Comparison) string {
	least, most := c.Resident()
	switch {
	case least == compare.NotKnown && c.Cache == compare.Warm:
		return "the inputs were read before every run; the system does not tell what stayed"
	case least == compare.NotKnown:
		return "the system does not tell what runs found there of the inputs"
	case least == most:
		return fmt.Sprintf("every run found %.3g %% of the inputs there", 100*least)
	}
	return fmt.Sprintf("runs found %.3g to %.3g %% of the inputs there", 100*least, 100*most)
}

// writeTimes writes a line for each way with its median, its ratio to the
// fastest and, where that says something else, to the first.
func writeTimes(out *bytes.Buffer, c *compare.Comparison) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	toFirst := c.Fastest != 0 && len(c.Rows) > 2
	fmt.Fprint(table, "mode\tmedian\t\tto fastest\tinterval\tverdict\t")
	if toFirst {
		fmt.Fprint(table, "to first\tinterval\t")
	}
	fmt.Fprintln(table)
	for i, s := range c.Rows {
		precision := "-"
		if s.Summary.Known() {
			precision = fmt.Sprintf("±%.1f %%", 100*s.Summary.Precision())
		}
		ratio, interval := ratioOf(s.AgainstFastest)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t", s.Way, quantity.Duration(s.Median()), precision, ratio, interval, word(c, i))
		if toFirst {
			ratio, interval := ratioOf(s.AgainstFirst)
			if i > 0 && s.AgainstFirst.Known() && !s.AgainstFirst.Different {
				ratio = "~" + ratio
			}
			fmt.Fprintf(table, "%s\t%s\t", ratio, interval)
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	fmt.Fprintf(out, "ratios are estimated over all pairs of trials, and need not be the quotient of the medians\nintervals: 95 %% of the median, %.4g %% of ratios; p: Mann-Whitney U test; a difference: p <= %.2g and at least 1 %%\n", 100*(1-c.Alpha), c.Alpha)
	fmt.Fprintln(out, "no difference, ~: these trials show none; the interval says how large one can still be")
}

func ratioOf(a compare.Against) (ratio, interval string) {
	ratio, interval = fmt.Sprintf("%.2f", a.Ratio), "-"
	if a.Known() && a.Lo < a.Hi {
		interval = fmt.Sprintf("%.2f - %.2f", a.Lo, a.Hi)
	}
	return ratio, interval
}

// word says what row i is against the fastest.
func word(c *compare.Comparison, i int) string {
	a := c.Rows[i].AgainstFastest
	switch {
	case i == c.Fastest:
		return "fastest"
	case !a.Known():
		return fmt.Sprintf("%d trials needed", c.LeastTrials)
	case !a.Different:
		return "no difference"
	case a.Ratio < 1: // its median is not the shortest, but most of its runs are shorter
		return "faster " + probability(a.P)
	}
	return "slower " + probability(a.P)
}

func probability(p float64) string {
	if p < 0.001 {
		return "p<0.001"
	}
	return fmt.Sprintf("p=%.3f", p)
}

// writeSpent writes a line for each way with what its lanes did.
func writeSpent(out *bytes.Buffer, c *compare.Comparison) {
	fmt.Fprintln(out, "time by category, summed over all lanes; medians of the trials")
	var used []timing.Category
	for _, cat := range append(timing.Categories(), timing.Unaccounted) {
		if slices.ContainsFunc(c.Rows, func(s compare.Series) bool { return s.Spent(cat) > 0 }) {
			used = append(used, cat)
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "mode\t")
	for _, cat := range used {
		fmt.Fprintf(table, "%s\t", cat)
	}
	fmt.Fprintln(table, "cpu\tcopied\tpeak memory\t")
	for _, s := range c.Rows {
		fmt.Fprintf(table, "%s\t", s.Way)
		for _, cat := range used {
			fmt.Fprintf(table, "%s\t", orDash(s.Spent(cat)))
		}
		var peakBytes int64
		for _, r := range s.Reports {
			peakBytes = max(peakBytes, r.PeakRSSBytes)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t\n", orDash(s.CPU()), quantity.Bytes(s.Reports[0].Bytes.Copied), quantity.Bytes(peakBytes))
	}
	table.Flush()
}
