// Command scaling measures how the time of a job grows with the rows of its
// input and with the rows of its chunks, and writes what it found as docs:
// scaling.md with the figures, rows.svg and chunks.svg with their plots.
//
//	make bench-scaling
//	go run ./examples/scaling -out docs -rows 1000000,2000000,5000000
//
// The job is the grouped aggregation of the benchmarks, on CSV, Parquet and
// Arrow, by two threads and by two workers that share memory. Runs are
// interleaved: each round does every size and mode once, in random order.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/stages"
)

// options are the flags.
type options struct {
	out    string
	data   string
	rows   []int64
	chunks []int64
	trials int
	seed   uint64
}

var (
	job     = pipeline.Job{By: "k", Aggregate: "count(), mean(y), max(price)"}
	formats = []string{"csv", "parquet", "arrow"}
	modes   = []pipeline.Mode{pipeline.Threads, pipeline.Mmap}
)

// workers is how many lanes or processes every run has.
const workers = 2

func main() {
	pipeline.ServeWorker(stages.Builtin())
	var o options
	flag.StringVar(&o.out, "out", "docs", "directory of the documents")
	flag.StringVar(&o.data, "data", "", "directory of the inputs, which are kept; default: a temporary one")
	rows := flag.String("rows", "1000000,2000000,5000000,10000000,20000000,50000000", "sizes of the inputs")
	chunks := flag.String("chunk-rows", "1000,4000,16000,64000,250000,1000000,4000000", "sizes of the chunks, on the input of 10M rows or the largest below")
	flag.IntVar(&o.trials, "trials", 7, "runs of each kind that count")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the order of the runs")
	flag.Parse()
	var err error
	if o.rows, err = numbers(*rows); err == nil {
		o.chunks, err = numbers(*chunks)
	}
	if err == nil && o.trials < 1 {
		err = fmt.Errorf("-trials %d: at least one run has to count", o.trials)
	}
	if err == nil {
		err = o.run(context.Background())
	}
	if err != nil {
		log.Fatal(err)
	}
}

func (o options) run(ctx context.Context) error {
	if o.data == "" {
		dir, err := os.MkdirTemp("", "weir-scaling")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.data = dir
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	var byRows, byChunk []*sweep
	for _, format := range formats {
		s, err := o.overRows(ctx, format)
		if err != nil {
			return err
		}
		byRows = append(byRows, s)
		if s, err = o.overChunks(ctx, format); err != nil {
			return err
		}
		byChunk = append(byChunk, s)
	}
	for name, text := range map[string]string{
		"scaling.md": page(environment.Read(), o, byRows, byChunk),
		"rows.svg":   plot("rows of the input", byRows),
		"chunks.svg": plot("rows of a chunk", byChunk),
	} {
		if err := os.WriteFile(filepath.Join(o.out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a list of positive numbers, which has to ascend.
func numbers(list string) ([]int64, error) {
	var all []int64
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q in %q is no positive number", text, list)
		}
		if len(all) > 0 && n <= all[len(all)-1] {
			return nil, fmt.Errorf("%q: %d does not ascend", list, n)
		}
		all = append(all, n)
	}
	return all, nil
}
