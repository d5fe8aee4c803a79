// Command peers runs the same five queries in weir and in the engines that are
// installed on the machine, DuckDB and Polars, side by side.
//
//	make bench-peers                              10 million rows of CSV and Parquet, 50 million of Arrow
//	make bench-peers ARGS='-rows 1000000'         a quick look
//	make bench-peers ARGS='-install'              first installs DuckDB and Polars with npm, into peers-data/npm
//	make bench-peers ARGS='-tasks T1,T3 -formats parquet -targets'
//
// A way of computing a task runs as a process of its own, with as many threads
// or workers as -workers says. Each way runs once to warm up, with the file in
// the page cache; then come rounds in which every way runs once, in random
// order. Figures are medians. "inside" is what the program itself measures: weir
// from its first look at the input to its result, a peer from making the query
// to having its rows, without start-up. "whole" is the process from start to
// exit. Memory is measured in one more run, as the peak over samples of the
// whole process tree: anonymous and shared pages, and all pages, those of mapped
// files too, each divided by the processes that share it.
//
// Every result of every way is compared with weir's, and every result of weir
// has to have the same digest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// settings are what the command line says.
type settings struct {
	weir          string // the program
	dir           string // holds npm and data
	data          string // holds the files; "" is data in dir, where missing ones are made
	parquetWriter string // auto, duckdb or weir
	install       bool

	rows    int64 // of every file; 0 is each format's own number
	tasks   []string
	formats []string
	peers   []string
	workers int
	trials  int
	seed    uint64
	limit   time.Duration // for one process

	output  string // text, markdown or json
	targets bool
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("peers: ")
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		log.Print(err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, os.Stdout, os.Stderr); err != nil {
		log.Fatal(err)
	}
}

func parse(args []string, messages io.Writer) (*settings, error) {
	s := &settings{dir: "peers-data"}
	if dir := os.Getenv("WEIR_PEERS"); dir != "" {
		s.dir = dir
	}
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(messages)
	f.StringVar(&s.weir, "weir", filepath.Join("bin", "weir"), "the `PROGRAM` to measure")
	f.StringVar(&s.dir, "dir", s.dir, "`DIR` with npm's packages in npm and files in data; where there is WEIR_PEERS in the environment, that is the default")
	f.StringVar(&s.data, "data", "", "`DIR` with t10M.csv, t10M.parquet, t50M.arrow; default: data in -dir, where missing ones are made")
	f.StringVar(&s.parquetWriter, "parquet-writer", "auto", "who makes missing Parquet files: `WRITER` is duckdb, weir, or auto: duckdb if it is there")
	f.BoolVar(&s.install, "install", false, "install DuckDB and Polars with npm into npm in -dir")
	f.Int64Var(&s.rows, "rows", 0, "`N` rows in every file (default 10 million of CSV and Parquet, 50 million of Arrow)")
	tasks := f.String("tasks", "T1,T2,T3,T4,T5", "`LIST` of tasks")
	formats := f.String("formats", "csv,parquet,arrow", "`LIST` of formats")
	peers := f.String("peers", "duckdb,polars,polars-streaming", "`LIST` of peers, or none; possible are pandas and numpy, too")
	f.IntVar(&s.workers, "workers", 2, "`N` threads or processes for each way")
	f.IntVar(&s.trials, "trials", 5, "`N` rounds")
	f.Uint64Var(&s.seed, "seed", 0, "`N` decides the order in the rounds (default a random one, which is printed)")
	f.DurationVar(&s.limit, "limit", 10*time.Minute, "`TIME` after which a process is killed")
	f.StringVar(&s.output, "format", "text", "write the result as `FORMAT`: text, markdown or json, which has every sample")
	f.BoolVar(&s.targets, "targets", false, "show whether weir's targets are met")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var err error
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	case s.trials < 1:
		return nil, fmt.Errorf("-trials %d: at least 1 is needed", s.trials)
	case s.workers < 1:
		return nil, fmt.Errorf("-workers %d: at least 1 is needed", s.workers)
	case s.rows < 0, s.rows == 0 && given(f, "rows"):
		return nil, fmt.Errorf("-rows %d: at least 1 is needed", s.rows)
	}
	for _, choice := range []struct{ flag, value, possible string }{
		{"format", s.output, "text markdown json"}, {"parquet-writer", s.parquetWriter, "auto duckdb weir"},
	} {
		if _, err = list(choice.flag, choice.value, strings.Fields(choice.possible)); err != nil {
			return nil, err
		}
	}
	if s.tasks, err = list("tasks", *tasks, taskNames()); err != nil {
		return nil, err
	}
	if s.formats, err = list("formats", *formats, formatNames()); err != nil {
		return nil, err
	}
	if *peers != "none" {
		if s.peers, err = list("peers", *peers, peerNames()); err != nil {
			return nil, err
		}
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1e9) + 1
	}
	return s, nil
}

// list takes a list apart whose items have to be possible.
func list(name, text string, possible []string) ([]string, error) {
	items := strings.Split(text, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
		known := false
		for _, p := range possible {
			known = known || p == items[i]
		}
		if !known {
			return nil, fmt.Errorf("-%s: %q is unknown; possible are %s", name, items[i], strings.Join(possible, ", "))
		}
	}
	return items, nil
}

// run measures what s says and writes the result to out. Everything else goes to
// messages. It is an error if a way failed or gave a result that is wrong without
// a known reason; the result is written all the same.
func run(ctx context.Context, s *settings, out, messages io.Writer) error {
	weir, err := findWeir(ctx, s)
	if err != nil {
		return err
	}
	if s.install {
		if err := installPeers(ctx, s.npm(), messages); err != nil {
			return err
		}
	}
	scripts, err := os.MkdirTemp("", "weir-peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scripts)
	if err := writeScripts(scripts); err != nil {
		return err
	}
	found, missing := findPeers(ctx, s, scripts)
	for _, m := range missing {
		fmt.Fprintln(messages, m)
	}
	b := &bench{settings: s, ways: append(weir, found...), random: rand.New(rand.NewPCG(s.seed, 0))}
	r := newReport(b, missing)
	var stopped error
	for _, format := range s.formats {
		file, err := prepare(ctx, s, format, found, messages)
		if err != nil {
			stopped = err
			break
		}
		if stopped = b.measure(ctx, r, file, messages); stopped != nil {
			break
		}
	}
	if err := r.write(out); err != nil {
		return err
	}
	if stopped != nil {
		return stopped
	}
	return r.problem()
}

func (s *settings) npm() string { return filepath.Join(s.dir, "npm") }

// given tells whether a flag was set.
func given(f *flag.FlagSet, name string) (found bool) {
	f.Visit(func(g *flag.Flag) { found = found || g.Name == name })
	return found
}
