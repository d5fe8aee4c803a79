// Command scaling measures how the time of weir run grows with the rows of a
// file, and what the size of chunks does to it, and writes the figures as a page
// and two plots.
//
//	make bench-scaling                         docs/scaling.md, docs/scaling-rows.svg, docs/scaling-chunks.svg
//	go run ./examples/scaling -rows 1M,2M,5M -chunked-rows 2M -out /tmp/scaling
//
// Two tasks, a sum over one column and a grouping that reads three, by threads
// and by worker processes over shared memory. Each run is a process of its own,
// that takes what weir itself says it took; each file is read once before, so
// that it is in the page cache. Each way runs once to warm up; then come rounds
// in which every way runs once, in random order, so that what disturbs the
// machine for a while disturbs all sizes alike. Figures are medians.
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
	"slices"
	"strconv"
	"strings"
)

// settings are what the command line says.
type settings struct {
	weir        string // the program
	data        string // directory of the files, which are made if they are missing
	out         string // directory of the page and the plots
	rows        []int64
	csvRows     int64 // the largest CSV
	formats     []string
	tasks       []string
	chunkRows   []int64
	chunkedRows int64 // rows of the file that is read in chunks of different sizes
	workers     int
	trials      int
	seed        uint64
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("scaling: ")
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
	if err := run(ctx, s, os.Stderr); err != nil {
		log.Fatal(err)
	}
}

func parse(args []string, messages io.Writer) (*settings, error) {
	dir := "peers-data" // shared with examples/peers
	if d := os.Getenv("WEIR_PEERS"); d != "" {
		dir = d
	}
	s := &settings{}
	f := flag.NewFlagSet("scaling", flag.ContinueOnError)
	f.SetOutput(messages)
	f.StringVar(&s.weir, "weir", filepath.Join("bin", "weir"), "the `PROGRAM` to measure")
	f.StringVar(&s.data, "data", filepath.Join(dir, "data"), "`DIR` with the files; missing ones are made")
	f.StringVar(&s.out, "out", "docs", "`DIR` for scaling.md, scaling-rows.svg and scaling-chunks.svg")
	rows := f.String("rows", "1M,2M,5M,10M,20M,50M", "`LIST` of numbers of rows")
	csvRows := f.String("csv-rows", "10M", "`N`: the most rows of a CSV")
	formats := f.String("formats", "arrow,csv", "`LIST` of formats; possible is parquet, too")
	tasks := f.String("tasks", "T1,T3", "`LIST` of tasks")
	chunkRows := f.String("chunk-rows", "1k,4k,16k,64k,256k,1M,4M", "`LIST` of rows in a chunk, or none")
	chunkedRows := f.String("chunked-rows", "20M", "`N` rows in the Arrow file that is read in chunks of these sizes")
	f.IntVar(&s.workers, "workers", 2, "`N` threads or processes")
	f.IntVar(&s.trials, "trials", 5, "`N` rounds")
	f.Uint64Var(&s.seed, "seed", 0, "`N` decides the order in the rounds (default a random one, which is shown)")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	case s.trials < 1:
		return nil, fmt.Errorf("-trials %d: at least 1 is needed", s.trials)
	case s.workers < 1:
		return nil, fmt.Errorf("-workers %d: at least 1 is needed", s.workers)
	}
	var err error
	if s.rows, err = counts("rows", *rows); err != nil {
		return nil, err
	}
	if s.csvRows, err = count("csv-rows", *csvRows); err != nil {
		return nil, err
	}
	if s.chunkedRows, err = count("chunked-rows", *chunkedRows); err != nil {
		return nil, err
	}
	if *chunkRows != "none" {
		if s.chunkRows, err = counts("chunk-rows", *chunkRows); err != nil {
			return nil, err
		}
	}
	if s.formats, err = choices("formats", *formats, []string{"arrow", "csv", "parquet"}); err != nil {
		return nil, err
	}
	if s.tasks, err = choices("tasks", *tasks, taskNames()); err != nil {
		return nil, err
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1e9) + 1
	}
	return s, nil
}

// choices takes a list apart whose items have to be possible.
func choices(name, text string, possible []string) ([]string, error) {
	items := strings.Split(text, ",")
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
		if !slices.Contains(possible, items[i]) {
			return nil, fmt.Errorf("-%s: %q is unknown; possible are %s", name, items[i], strings.Join(possible, ", "))
		}
	}
	return items, nil
}

// counts is a list of numbers of rows, ascending.
func counts(name, text string) (all []int64, err error) {
	for _, item := range strings.Split(text, ",") {
		n, err := count(name, strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// count reads 20, 20k or 20M.
func count(name, text string) (int64, error) {
	digits, unit := text, int64(1)
	switch {
	case strings.HasSuffix(text, "k"):
		digits, unit = strings.TrimSuffix(text, "k"), 1000
	case strings.HasSuffix(text, "M"):
		digits, unit = strings.TrimSuffix(text, "M"), 1_000_000
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > 1e12/unit {
		return 0, fmt.Errorf("-%s: %q is no number of rows such as 1000, 64k or 10M", name, text)
	}
	return n * unit, nil
}

// shortCount is the inverse of count.
func shortCount(n int64) string {
	switch {
	case n >= 1e6 && n%1e5 == 0:
		return strconv.FormatFloat(float64(n)/1e6, 'f', -1, 64) + "M"
	case n >= 1e3 && n%1e3 == 0:
		return strconv.FormatInt(n/1e3, 10) + "k"
	}
	return strconv.FormatInt(n, 10)
}

// run measures and writes the page and the plots.
func run(ctx context.Context, s *settings, messages io.Writer) error {
	b, err := newBench(ctx, s, messages)
	if err != nil {
		return err
	}
	r := &report{settings: s, weir: b.version}
	for _, format := range s.formats {
		for _, t := range tasks() {
			if !slices.Contains(s.tasks, t.name) {
				continue
			}
			m, err := b.byRows(ctx, t, format)
			if err != nil {
				return err
			}
			r.byRows = append(r.byRows, m)
		}
	}
	for _, t := range tasks() {
		if len(s.chunkRows) == 0 || !slices.Contains(s.tasks, t.name) {
			continue
		}
		m, err := b.byChunkRows(ctx, t)
		if err != nil {
			return err
		}
		r.byChunkRows = append(r.byChunkRows, m)
	}
	return r.write(messages)
}
