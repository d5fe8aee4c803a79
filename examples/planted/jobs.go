package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/verdict"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/pagecache"
	"github.com/weir-pipeline/weir/storage/synth"
)

// planted is a job that is slow for one known reason, and the same job without
// it.
type planted struct {
	name  string
	cause verdict.Cause // "": nothing is wrong with it
	slow  way
	cured way
	set   func(*verdict.Evidence) // what the user has asked for
}

// way is a job, how to run it, and what to do before.
type way struct {
	job     pipeline.Job
	options pipeline.Options
	before  func(*pipeline.Options) (after func(), err error)
}

// files are the tables that the jobs read.
type files struct {
	arrow, parquet, wide, small, whole, groups string // whole is one batch, groups has row groups of which the limited job holds one at a time
}

func makeFiles(ctx context.Context, dir string, rows int64) (f files, err error) {
	f = files{
		arrow: filepath.Join(dir, "table.arrow"), parquet: filepath.Join(dir, "table.parquet"),
		wide: filepath.Join(dir, "wide.arrow"), small: filepath.Join(dir, "small.arrow"), whole: filepath.Join(dir, "whole.arrow"), groups: filepath.Join(dir, "groups.parquet"),
	}
	for _, w := range []struct {
		path  string
		rows  int64
		batch int
	}{{f.arrow, rows, 1 << 16}, {f.parquet, rows, 1 << 16}, {f.wide, rows / 4, 1 << 16}, {f.small, 2000, 1 << 16}, {f.whole, rows, int(rows)}, {f.groups, rows, int(min(rows/4, 150_000))}} {
		options := synth.WriteOptions{Options: output.Options{BatchRows: w.batch}}
		if err := synth.Write(ctx, w.path, synth.Table{Rows: w.rows, Seed: 1, Columns: synth.DefaultColumns()}, options); err != nil {
			return f, err
		}
	}
	return f, nil
}

const (
	cheap  = "sum(x*x)"
	costly = "sum(sin(x)*cos(y)+exp(sin(z))*sqrt(price)+sin(price)*cos(x*y))"
	wide   = "sum(x), sum(y), sum(z), sum(f), sum(price), sum(k), sum(id), count()"
)

// dear is an expression that takes the sine of each row so many times.
func dear(times int) string {
	terms := make([]string, times)
	for i := range terms {
		terms[i] = fmt.Sprintf("sin(x*%d.5)", i)
	}
	return "sum(" + strings.Join(terms, "+") + ")"
}

// jobs are the planted causes.
func jobs(f files, rows int64) []planted {
	on := func(input, aggregate string, o pipeline.Options) way {
		return way{job: pipeline.Job{Inputs: []string{input}, Aggregate: aggregate}, options: o}
	}
	where := func(w way, expr string) way { w.job.Where = expr; return w }
	mmap, pipe, threads := pipeline.Options{Mode: pipeline.Mmap}, pipeline.Options{Mode: pipeline.Pipe}, pipeline.Options{Mode: pipeline.Threads}
	chunks := func(o pipeline.Options, n int64) pipeline.Options { o.ChunkRows = int(n); return o }
	asked := func(e *verdict.Evidence) { e.ChunkRowsSet = true }

	json := pipe
	json.Codec = "json"
	many := mmap
	many.Workers = 16
	roomy := chunks(mmap, rows)
	limited := roomy
	limited.MemoryLimitBytes = 66 << 20 // holds one row group at a time
	return []planted{
		{name: "nothing, threads", slow: on(f.parquet, dear(24), threads)},
		{name: "nothing, mmap", slow: on(f.arrow, dear(24), mmap)},
		{
			name: "tiny chunks", cause: verdict.SmallChunks, set: asked,
			slow: on(f.arrow, cheap, chunks(mmap, 200)), cured: on(f.arrow, cheap, mmap),
		},
		{
			name: "huge chunks", cause: verdict.LargeChunks, set: asked,
			slow: on(f.whole, costly, chunks(mmap, rows)), cured: on(f.whole, costly, mmap),
		},
		{
			name: "skewed cost per chunk", cause: verdict.Skew, set: asked,
			slow:  where(on(f.whole, dear(60), chunks(mmap, rows/16)), fmt.Sprintf("id >= %d", rows/16*15)),
			cured: where(on(f.whole, dear(60), chunks(mmap, rows/16)), "id % 16 == 15"),
		},
		{
			name: "json codec on wide rows", cause: verdict.Codec,
			slow: on(f.wide, wide, json), cured: on(f.wide, wide, pipe),
		},
		{
			name: "slow reader", cause: verdict.SlowInput,
			slow:  way{job: pipeline.Job{Inputs: []string{"-"}, Aggregate: cheap}, options: threads, before: trickle(f.wide, 15*time.Millisecond)},
			cured: way{job: pipeline.Job{Inputs: []string{"-"}, Aggregate: cheap}, options: threads, before: trickle(f.wide, 0)},
		},
		{
			name: "slow sink", cause: verdict.SlowOutput,
			slow:  way{job: pipeline.Job{Inputs: []string{f.parquet}, Where: "k == 3", Select: "id,x"}, options: threads, before: sink(20 * time.Microsecond)},
			cured: way{job: pipeline.Job{Inputs: []string{f.parquet}, Where: "k == 3", Select: "id,x"}, options: threads, before: sink(0)},
		},
		{
			name: "memory limit too small", cause: verdict.MemoryLimit,
			set:  func(e *verdict.Evidence) { e.MemoryLimited, e.ChunkRowsSet = true, true },
			slow: on(f.groups, costly, limited), cured: on(f.groups, costly, roomy),
		},
		{
			name: "more workers than cores", cause: verdict.ManyWorkers,
			slow: on(f.arrow, cheap, many), cured: on(f.arrow, cheap, mmap),
		},
		{
			name: "start-up longer than the job", cause: verdict.StartUp,
			slow: on(f.small, cheap, mmap), cured: on(f.small, cheap, threads),
		},
		{
			name: "serial merge", cause: verdict.SerialMerge,
			slow: on(f.parquet, "slow_merge(x)", threads), cured: on(f.parquet, "quick_merge(x)", threads),
		},
		{
			name: "cold files", cause: verdict.ColdFiles,
			slow:  way{job: pipeline.Job{Inputs: []string{f.parquet}, Aggregate: cheap}, options: threads, before: drop(f.parquet)},
			cured: way{job: pipeline.Job{Inputs: []string{f.parquet}, Aggregate: cheap}, options: threads, before: warm(f.parquet)},
		},
	}
}

// trickle feeds a file to standard input, with pauses.
func trickle(path string, pause time.Duration) func(*pipeline.Options) (func(), error) {
	return func(o *pipeline.Options) (func(), error) {
		in, out, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		procs.Enlarge(in)
		o.Stdin = in
		go func() {
			defer out.Close()
			defer f.Close()
			for {
				if _, err := io.CopyN(out, f, 1<<20); err != nil {
					return
				}
				time.Sleep(pause)
			}
		}()
		return func() { in.Close() }, nil
	}
}

// sink takes rows and spends some time on each of them.
func sink(perRow time.Duration) func(*pipeline.Options) (func(), error) {
	return func(o *pipeline.Options) (func(), error) {
		o.Rows = slowRows(perRow)
		return func() {}, nil
	}
}

type slowRows time.Duration

func (slowRows) Columns([]result.Column) error { return nil }

func (s slowRows) Row([]result.Value) error { spin(time.Duration(s)); return nil }

func (slowRows) Close() error { return nil }

// spin keeps a core busy.
func spin(d time.Duration) {
	for end := time.Now().Add(d); d > 0 && time.Now().Before(end); {
	}
}

func drop(path string) func(*pipeline.Options) (func(), error) {
	return func(*pipeline.Options) (func(), error) { return func() {}, pagecache.Drop(path) }
}

func warm(path string) func(*pipeline.Options) (func(), error) {
	return func(*pipeline.Options) (func(), error) { return func() {}, pagecache.Warm(context.Background(), path) }
}
