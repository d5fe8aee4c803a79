package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// writeTimings writes the account of a run: a line for each lane, a column for
// each category that some lane spent time in.
func writeTimings(w io.Writer, r pipeline.Report) error {
	var out bytes.Buffer
	mode := string(r.Mode)
	if r.Codec != "" {
		mode += "/" + r.Codec
	}
	fmt.Fprintf(&out, "%s, %s, %s in %s of at most %s, %s", mode, counted(int64(r.Workers), "worker"),
		counted(r.Rows, "row"), counted(r.Chunks, "chunk"), counted(int64(r.ChunkRows), "row"), seconds(r.Wall))
	if r.Wall > 0 && r.Rows > 0 {
		fmt.Fprintf(&out, ", %s rows/s", thousands(int64(float64(r.Rows)/r.Wall.Seconds())))
	}
	fmt.Fprintln(&out)
	fmt.Fprintf(&out, "bytes read %s, shared %s, copied %s; peak memory %s", size(r.Bytes.Read), size(r.Bytes.Shared), size(r.Bytes.Copied), size(r.PeakRSSBytes))
	if r.PrunedSplits > 0 {
		fmt.Fprintf(&out, "; %s left out by statistics", counted(int64(r.PrunedSplits), "split"))
	}
	fmt.Fprintln(&out)
	for _, c := range r.Copies {
		if c.Column != "*" {
			fmt.Fprintf(&out, "copied %s of column %s: %s\n", size(c.Bytes), c.Column, c.Cause)
		}
	}

	if a := r.Account; a != nil {
		fmt.Fprintf(&out, "core time %s, %s for %s: %s\n", seconds(a.Total()), counted(int64(a.Cores), "core"), seconds(a.Wall), causes(a))
	}

	var used []timing.Category
	for _, c := range timing.Categories() {
		if r.Spent(c) > 0 {
			used = append(used, c)
		}
	}
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "lane\tlifetime\t")
	for _, c := range used {
		fmt.Fprintf(table, "%s\t", c)
	}
	fmt.Fprintln(table, "unaccounted\t")
	for _, l := range r.Lanes {
		fmt.Fprintf(table, "%s\t%s\t", l.Name, seconds(l.Lifetime))
		for _, c := range used {
			fmt.Fprintf(table, "%s\t", orDash(l.Spans[c]))
		}
		fmt.Fprintf(table, "%s\t\n", orDash(l.Unaccounted))
	}
	table.Flush()
	_, err := w.Write(out.Bytes())
	return err
}

// causes are what core time went into.
func causes(a *account.Account) string {
	var parts []string
	for _, c := range account.Causes() {
		if d := a.Spent[c]; d >= 500*time.Nanosecond {
			parts = append(parts, c.String()+" "+seconds(d))
		}
	}
	return strings.Join(parts, ", ")
}

func orDash(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return seconds(d)
}

// seconds shows a duration with three digits that matter.
func seconds(d time.Duration) string {
	switch a := d.Abs(); {
	case a >= 100*time.Second:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case a >= 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case a >= time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case a >= 10*time.Millisecond:
		return fmt.Sprintf("%.0fms", d.Seconds()*1e3)
	case a >= time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.0fµs", d.Seconds()*1e6)
}

// size shows bytes in the unit that leaves one to three digits before the point.
func size(sizeBytes int64) string {
	v, units := float64(sizeBytes), []string{"B", "KB", "MB", "GB", "TB"}
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if units[0] == "B" || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, units[0])
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}

func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
