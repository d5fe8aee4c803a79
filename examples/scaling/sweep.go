package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/synth"
)

// sweep is the time of one format's runs over sizes.
type sweep struct {
	format string
	curves []curve
}

// curve is the time of one mode.
type curve struct {
	name   string
	points []point
}

// point is the median of some runs.
type point struct {
	size   int64   // rows of the input, or of a chunk
	perRow float64 // nanoseconds
}

// overRows runs the job on inputs of all sizes.
func (o options) overRows(ctx context.Context, format string) (*sweep, error) {
	var paths []string
	for _, rows := range o.rows {
		path, err := o.input(ctx, format, rows)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return o.sweep(ctx, format, o.rows, func(i int) (string, int64, int) { return paths[i], o.rows[i], 0 })
}

// overChunks runs the job on one input with chunks of all sizes.
func (o options) overChunks(ctx context.Context, format string) (*sweep, error) {
	rows := o.rows[0]
	for _, n := range o.rows {
		if n <= 10_000_000 {
			rows = n
		}
	}
	path, err := o.input(ctx, format, rows)
	if err != nil {
		return nil, err
	}
	return o.sweep(ctx, format, o.chunks, func(i int) (string, int64, int) { return path, rows, int(o.chunks[i]) })
}

// sweep does each size in each mode once to warm up, then in rounds of random
// order. at is the input of a size, its rows, and the rows of its chunks.
func (o options) sweep(ctx context.Context, format string, sizes []int64, at func(i int) (path string, rows int64, chunkRows int)) (*sweep, error) {
	times := make([][]float64, len(sizes)*len(modes))
	rng := rand.New(rand.NewPCG(o.seed, 0))
	for round := -1; round < o.trials; round++ {
		for _, k := range rng.Perm(len(times)) {
			path, rows, chunkRows := at(k / len(modes))
			j := job
			j.Inputs = []string{path}
			res, err := pipeline.Run(ctx, j, pipeline.Options{Mode: modes[k%len(modes)], Workers: workers, ChunkRows: chunkRows})
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				times[k] = append(times[k], res.Report.Wall.Seconds()/float64(rows))
			}
		}
	}
	s := &sweep{format: format}
	for m, mode := range modes {
		c := curve{name: string(mode)}
		for i, size := range sizes {
			t := median(times[i*len(modes)+m])
			c.points = append(c.points, point{size: size, perRow: t * 1e9})
		}
		s.curves = append(s.curves, c)
	}
	fmt.Fprintf(os.Stderr, "%s\n", s.format)
	return s, nil
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// input makes a file, unless it is there, and reads it, so that it is in the
// page cache.
func (o options) input(ctx context.Context, format string, rows int64) (string, error) {
	path := filepath.Join(o.data, fmt.Sprintf("scaling-%d.%s", rows, format))
	if _, err := os.Stat(path); err != nil {
		opts := synth.WriteOptions{Options: output.Options{BatchRows: 1_000_000}}
		if err := synth.Write(ctx, path, synth.Table{Rows: rows, Seed: 1}, opts); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return path, err
}
