package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
)

// BenchmarkHandOver runs a cheap aggregation of one column of a mapped Arrow
// file, so that what differs between the modes is how the column gets to the
// stages: bytes of the column a second, the start of the workers included.
func BenchmarkHandOver(b *testing.B) {
	const rows = 4_000_000
	in := arrowTable(b, rows)
	for _, w := range ways() {
		b.Run(w.String(), func(b *testing.B) {
			b.SetBytes(8 * rows)
			for range b.N {
				runOnce(b, in, w, 65536)
			}
		})
	}
}

// BenchmarkSmallChunks is what a chunk costs beside its bytes: chunks of 1,000
// rows.
func BenchmarkSmallChunks(b *testing.B) {
	const rows, chunkRows = 2_000_000, 1000
	in := arrowTable(b, rows)
	for _, w := range ways() {
		if w.codec != "" && w.codec != "raw" {
			continue // writing the values is most of what the others do
		}
		b.Run(w.String(), func(b *testing.B) {
			for range b.N {
				runOnce(b, in, w, chunkRows)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(rows/chunkRows), "µs/chunk")
		})
	}
}

// BenchmarkFormats decodes and aggregates the same table from each format, in
// threads and in workers that share memory: bytes of the file's column a second.
func BenchmarkFormats(b *testing.B) {
	const rows = 1_000_000
	for _, in := range synthetic(b, rows) {
		for _, w := range []way{{mode: pipeline.Threads}, {mode: pipeline.Mmap}} {
			b.Run(fmt.Sprint(in.name, "/", w), func(b *testing.B) {
				b.SetBytes(8 * rows)
				for range b.N {
					runOnce(b, in.path, w, 65536)
				}
			})
		}
	}
}

func runOnce(b *testing.B, in string, w way, chunkRows int) {
	b.Helper()
	_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{in}, Aggregate: "sum(x)"},
		pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: 2, ChunkRows: chunkRows})
	if err != nil {
		b.Fatal(err)
	}
}
