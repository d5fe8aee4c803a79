package main

import (
	"fmt"
	"strings"
)

// task is a job that weir and its peers all do.
type task struct {
	name  string
	what  string
	flags []string // of weir run
}

var columns = []string{"id", "x", "y", "z", "k", "ts", "f", "price"}

// tasks are over the columns of weir gen. The scripts of the peers know them by
// their names.
func tasks() []task {
	var all []string
	for _, c := range columns {
		all = append(all, fmt.Sprintf("count(%[1]s), sum(%[1]s), mean(%[1]s), stddev(%[1]s), min(%[1]s), max(%[1]s)", c))
	}
	return []task{
		{"T1", "sum(x*x)", []string{"--agg", "sum(x*x)"}},
		{"T2", "count, sum, mean, stddev, min, max of all 8 columns", []string{"--agg", strings.Join(all, ", ")}},
		{"T3", "by k: count, mean(y), max(price)", []string{"--by", "k", "--agg", "count(), mean(y), max(price)"}},
		{"T4", "z > 0 and y < 3: sum(x*y), mean(price)", []string{"--where", "z > 0 and y < 3", "--agg", "sum(x*y), mean(price)"}},
		{"T5", "exact quantiles 0.5 and 0.99 of y", []string{"--agg", "quantile(y, 0.5), quantile(y, 0.99)"}},
	}
}

// input is a file that the tasks run on.
type input struct {
	format string
	file   string // name within the data directory
	rows   int64
}

// inputs have the sizes at which a format takes long enough to be timed, unless
// rows says another. Their names are those of their sizes.
func inputs(rows int64) []input {
	all := []input{{format: "csv", rows: 10_000_000}, {format: "parquet", rows: 10_000_000}, {format: "arrow", rows: 50_000_000}}
	for i := range all {
		if rows > 0 {
			all[i].rows = rows
		}
		all[i].file = "t" + size(all[i].rows) + "." + all[i].format
	}
	return all
}

// size is a number of rows as files are called after it: 10M, 20k, 123.
func size(rows int64) string {
	switch {
	case rows%1_000_000 == 0:
		return fmt.Sprintf("%dM", rows/1_000_000)
	case rows%1000 == 0:
		return fmt.Sprintf("%dk", rows/1000)
	}
	return fmt.Sprint(rows)
}
