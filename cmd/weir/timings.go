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
	"github.com/weir-pipeline/weir/pipeline/quantity"
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
	fmt.Fprintf(&out, "%s, %s, %s in %s of at most %s, %s", mode, quantity.Count(int64(r.Workers), "worker"),
		quantity.Count(r.Rows, "row"), quantity.Count(r.Chunks, "chunk"), quantity.Count(int64(r.ChunkRows), "row"), quantity.Duration(r.Wall))
	if r.Wall > 0 && r.Rows > 0 {
		fmt.Fprintf(&out, ", %s rows/s", quantity.Thousands(int64(float64(r.Rows)/r.Wall.Seconds())))
	}
	if r.Passes > 1 {
		fmt.Fprintf(&out, ", %d passes over the input", r.Passes)
	}
	fmt.Fprintln(&out)
	how := "read"
	if r.Bytes.InPlace > 0 {
		how = "mapped"
		if r.Bytes.Decoded > 0 {
			how = "mapped or read"
		}
	}
	fmt.Fprintf(&out, "bytes %s %s, shared %s, copied %s; peak memory %s", how, quantity.Bytes(r.Bytes.Read), quantity.Bytes(r.Bytes.Shared), quantity.Bytes(r.Bytes.Copied), quantity.Bytes(r.PeakRSSBytes))
	if left := leftOut(r.PrunedSplits, r.PrunedRows); left != "" {
		fmt.Fprintf(&out, "; %s left out by statistics", left)
	}
	fmt.Fprintln(&out)
	for _, c := range r.Copies {
		if c.Column != "*" {
			fmt.Fprintf(&out, "copied %s of column %s: %s\n", quantity.Bytes(c.Bytes), c.Column, c.Cause)
		}
	}

	if a := r.Account; a != nil {
		fmt.Fprintf(&out, "core time %s, %s for %s: %s\n", quantity.Duration(a.Total()), quantity.Count(int64(a.Cores), "core"), quantity.Duration(a.Wall), causes(a))
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
		fmt.Fprintf(table, "%s\t%s\t", l.Name, quantity.Duration(l.Lifetime))
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
			parts = append(parts, c.String()+" "+quantity.Duration(d))
		}
	}
	return strings.Join(parts, ", ")
}

func orDash(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return quantity.Duration(d)
}

// leftOut is what statistics kept from being read: rows of whole splits, and of
// pages of others.
func leftOut(splits int, rows int64) string {
	switch {
	case splits == 0 && rows == 0:
		return ""
	case splits == 0:
		return quantity.Count(rows, "row")
	}
	return fmt.Sprintf("%s and, with theirs, %s", quantity.Count(int64(splits), "split"), quantity.Count(rows, "row"))
}
