package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// row is what one way took.
type row struct {
	way     string
	items   int64
	wall    time.Duration // median
	perItem bool          // nearly all of wall grows with the items, so that it can be extrapolated
	failed  string        // why there is no wall
}

func (r row) nanoPerItem() float64 { return float64(r.wall) / float64(r.items) }

// writeTable writes rows beside the sequential one. The last column is for the
// number of items that the article's question is asked with: measured if the
// row has as many, else extrapolated by the time per item and marked as such,
// or left out where most of the time does not depend on the items.
func writeTable(out io.Writer, rows []row, sequential row, items int64) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "way\titems\twall\tns per item\ttimes sequential\t%s items\t\n", quantity.Thousands(items))
	extrapolated := false
	for _, r := range rows {
		if r.failed != "" {
			continue
		}
		ratio := digits(r.nanoPerItem() / sequential.nanoPerItem())
		if r.items != sequential.items {
			ratio, extrapolated = "~"+ratio, true
		}
		at := "-"
		switch {
		case r.items == items:
			at = quantity.Duration(r.wall)
		case r.perItem:
			at, extrapolated = "~"+quantity.Duration(time.Duration(r.nanoPerItem()*float64(items))), true
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", r.way, quantity.Thousands(r.items), quantity.Duration(r.wall), digits(r.nanoPerItem()), ratio, at)
	}
	table.Flush()
	for _, r := range rows {
		if r.failed != "" {
			fmt.Fprintf(out, "%s with %s fails: %s\n", r.way, quantity.Count(r.items, "item"), r.failed)
		}
	}
	if extrapolated {
		fmt.Fprintln(out, "~: not measured, but extrapolated by the time per item")
	}
}

// digits shows v with the digits that matter.
func digits(v float64) string {
	switch {
	case v < 9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return quantity.Thousands(int64(math.Round(v)))
}
