// Command handover measures what it costs to hand chunks to workers, as ratios
// within one run on one machine:
//
//   - the sum of squares of a column of doubles in an Arrow file, by threads,
//     through shared memory and through pipes, against a bare writer and reader
//     that move the same bytes through one pipe of 1 MiB and do nothing else;
//   - the hand-over of an empty chunk.
//
// Trials are interleaved; figures are medians.
//
//	go run ./examples/handover            50 million doubles, 400 MB
//	go run ./examples/handover -rows 5000000
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/stages"
	"github.com/weir-pipeline/weir/storage/synth"
)

func main() {
	pipeline.ServeWorker(stages.Builtin())
	rows := flag.Int64("rows", 50_000_000, "doubles to sum")
	trials := flag.Int("trials", 7, "trials of each way")
	drain := flag.Bool("drain", false, "read standard input to its end: the bare reader")
	flag.Parse()
	if *drain {
		buf := make([]byte, 256<<10)
		for {
			if _, err := os.Stdin.Read(buf); err != nil {
				return
			}
		}
	}
	if err := run(context.Background(), *rows, *trials); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, rows int64, trials int) error {
	dir, err := os.MkdirTemp("", "weir-handover")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "doubles.arrow")
	table := synth.Table{Rows: rows, Seed: 1, Columns: []synth.Column{{Name: "x", Kind: synth.Normal, Spread: 1, Decimals: 6}}}
	if err := synth.Write(ctx, path, table, synth.WriteOptions{}); err != nil {
		return err
	}

	job := pipeline.Job{Inputs: []string{path}, Aggregate: "sum(x*x)"}
	way := func(mode pipeline.Mode) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			res, err := pipeline.Run(ctx, job, pipeline.Options{Mode: mode, Workers: 2})
			if err != nil {
				return 0, err
			}
			return res.Report.Wall, nil
		}
	}
	names := []string{"threads", "mmap", "pipe/raw", "bare pipe"}
	medians, err := interleaved(trials, way(pipeline.Threads), way(pipeline.Mmap), way(pipeline.Pipe),
		func() (time.Duration, error) { return barePipe(8 * rows) })
	if err != nil {
		return err
	}
	fmt.Printf("sum of squares of %d doubles (%.0f MB), 2 workers, medians of %d\n", rows, float64(8*rows)/1e6, trials)
	for i, name := range names {
		fmt.Printf("  %-10s %8.1f ms  %5.2f GB/s\n", name, medians[i].Seconds()*1e3, float64(8*rows)/medians[i].Seconds()/1e9)
	}
	fmt.Printf("  mmap / threads       %.2f\n", medians[1].Seconds()/medians[0].Seconds())
	fmt.Printf("  pipe/raw / bare pipe %.2f\n", medians[2].Seconds()/medians[3].Seconds())
	return emptyChunks(ctx, path, trials)
}

// emptyChunks measures the hand-over of chunks without columns, which a job
// that only counts rows makes: the difference between many and one, by one
// worker.
func emptyChunks(ctx context.Context, path string, trials int) error {
	job := pipeline.Job{Inputs: []string{path}, Aggregate: "count()"}
	fmt.Println("hand-over of an empty chunk")
	for _, mode := range []pipeline.Mode{pipeline.Mmap, pipeline.Pipe} {
		var chunks int64
		with := func(chunkRows int, count *int64) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				res, err := pipeline.Run(ctx, job, pipeline.Options{Mode: mode, Workers: 1, ChunkRows: chunkRows})
				if err != nil {
					return 0, err
				}
				*count = res.Report.Chunks
				return res.Report.Wall, nil
			}
		}
		var few int64
		medians, err := interleaved(trials, with(1000, &chunks), with(1<<20, &few))
		if err != nil {
			return err
		}
		each := (medians[0] - medians[1]) / time.Duration(chunks-few)
		fmt.Printf("  %-10s %8.1f µs, over %d chunks\n", mode, float64(each.Nanoseconds())/1e3, chunks)
	}
	return nil
}

// barePipe moves sizeBytes through a pipe to another process, in blocks of
// 256 KiB, from memory that is warm to memory that is warm.
func barePipe(sizeBytes int64) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	procs.Enlarge(w)
	w.Fd() // blocking
	cmd := exec.Command(self, "-drain")
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	r.Close()
	block := make([]byte, 256<<10)
	for i := range block {
		block[i] = byte(i)
	}
	began := time.Now()
	for sizeBytes > 0 {
		n, err := w.Write(block[:min(int64(len(block)), sizeBytes)])
		if err != nil {
			return 0, err
		}
		sizeBytes -= int64(n)
	}
	if err := w.Close(); err != nil && err != io.EOF {
		return 0, err
	}
	if err := cmd.Wait(); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// interleaved runs every way once to warm up, then all in turn, and returns the
// median of each.
func interleaved(trials int, ways ...func() (time.Duration, error)) ([]time.Duration, error) {
	times := make([][]time.Duration, len(ways))
	for trial := -1; trial < trials; trial++ {
		for i, way := range ways {
			d, err := way()
			if err != nil {
				return nil, err
			}
			if trial >= 0 {
				times[i] = append(times[i], d)
			}
		}
	}
	medians := make([]time.Duration, len(ways))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	return medians, nil
}
