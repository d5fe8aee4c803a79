package main

import (
	"fmt"
	"strings"
)

// task is a query over the columns of weir gen. The peers' scripts have it in
// their own languages; they return the same columns in the same order.
type task struct {
	name  string
	title string
	flags []string // of weir run
}

var columns = []string{"id", "x", "y", "z", "k", "ts", "f", "price"}

func tasks() []task {
	var all []string
	for _, c := range columns {
		for _, f := range statistics {
			all = append(all, fmt.Sprintf("%s(%s)", f, c))
		}
	}
	return []task{
		{"T1", "sum(x*x)", []string{"--agg", "sum(x*x)"}},
		{"T2", "statistics of 8 columns", []string{"--agg", strings.Join(all, ", ")}},
		{"T3", "group by k", []string{"--agg", "count(), mean(y), max(price)", "--by", "k"}},
		{"T4", "filter, 2 aggregates", []string{"--where", "z > 0 and y < 3", "--agg", "sum(x*y), mean(price)"}},
		{"T5", "exact median and p99 of y", []string{"--agg", "quantile(y, 0.5), quantile(y, 0.99)"}},
	}
}

// statistics are those of T2, in the order in which scripts return them.
var statistics = []string{"count", "sum", "mean", "stddev", "min", "max"}

// tableFormat is a format in which the table is read.
type tableFormat struct {
	name  string
	title string
	rows  int64 // unless -rows says otherwise
}

func formats() []tableFormat {
	return []tableFormat{
		{"csv", "CSV", 10_000_000},
		{"parquet", "Parquet (snappy)", 10_000_000},
		{"arrow", "Arrow (uncompressed)", 50_000_000},
	}
}

func taskNames() (names []string) {
	for _, t := range tasks() {
		names = append(names, t.name)
	}
	return names
}

func formatNames() (names []string) {
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

func formatOf(name string) tableFormat {
	for _, f := range formats() {
		if f.name == name {
			return f
		}
	}
	return tableFormat{}
}

// What weir wants to reach: the time inside by threads as a part of the best
// peer's, by format and task; mmap as a multiple of threads; and peak memory, of
// anonymous and shared pages, as a part of the leaner peer's and in bytes.
var targetRatios = map[string]map[string]float64{
	"csv":     {"T1": 0.40, "T2": 0.40, "T3": 0.45, "T4": 0.45, "T5": 0.50},
	"parquet": {"T1": 1.00, "T2": 0.90, "T3": 1.00, "T4": 0.90, "T5": 0.90},
	"arrow":   {"T1": 0.40, "T2": 0.40, "T3": 0.40, "T4": 0.35, "T5": 0.40},
}

const (
	targetMmap        = 1.25
	targetMemory      = 0.5 // where text is not parsed
	targetMemoryBytes = 300e6
)
