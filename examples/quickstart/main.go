// Command quickstart embeds weir: it makes a table, aggregates it in two modes,
// and shows that the results are the same and where the time went.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/synth"
)

func main() {
	// Modes pipe and mmap start this program again as their workers.
	pipeline.ServeWorker(stages.Builtin())

	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "weir-quickstart")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sample.parquet")
	table := synth.Table{Rows: 500_000, Seed: 1, Columns: append(synth.DefaultColumns(), synth.CityColumn())}
	if err := synth.Write(ctx, path, table, synth.WriteOptions{}); err != nil {
		return err
	}

	job := pipeline.Job{
		Inputs:    []string{path},
		Derive:    []string{"worth = x * price"},
		Where:     "z > 0 and k < 10",
		Aggregate: "count() as n, sum(worth) as worth, mean(y), max(price)",
		By:        "k",
	}
	var digest string
	for _, mode := range []pipeline.Mode{pipeline.Threads, pipeline.Mmap} {
		res, err := pipeline.Run(ctx, job, pipeline.Options{Mode: mode, Workers: 2})
		if err != nil {
			return err
		}
		if digest == "" {
			digest = res.Report.Digest
			if err := result.WriteTable(os.Stdout, res.Table); err != nil {
				return err
			}
		}
		if res.Report.Digest != digest {
			return fmt.Errorf("%s gave another result", mode)
		}
		fmt.Printf("%s: %d rows, the same bits, %d bytes copied\n", mode, res.Report.Rows, res.Report.Bytes.Copied)
		log.Printf("%s: wall %v, decoding %v, computing %v", mode, res.Report.Wall, res.Report.Spent(timing.Decode), res.Report.Spent(timing.Compute))
	}
	return nil
}
