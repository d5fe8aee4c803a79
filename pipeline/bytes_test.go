package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
)

// Bytes go through the stages as the mode says: what is decoded is handed over,
// shared or copied, and only workers send something back.
func TestBytesByStage(t *testing.T) {
	for _, in := range synthetic(t, 3_000) {
		for _, w := range []way{{mode: pipeline.Sequential}, {mode: pipeline.Threads}, {pipeline.Pipe, "raw"}, {mode: pipeline.Mmap}} {
			t.Run(fmt.Sprint(in.name, ", ", w), func(t *testing.T) {
				job := pipeline.Job{Inputs: []string{in.path}, Aggregate: "sum(x), sum(y)"}
				res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: 2, ChunkRows: 500})
				if err != nil {
					t.Fatal(err)
				}
				b := res.Report.Bytes
				stage := map[string]pipeline.StageBytes{}
				for _, s := range b.Stages() {
					stage[s.Stage] = s
				}
				made, handed, returned := stage["decode"], stage["hand-over"], stage["return"]
				const columns = 2 * 8 * 3_000
				if made.Bytes < columns || made.Bytes > 2*columns {
					t.Errorf("%d bytes of columns, want the %d of two columns and little more", made.Bytes, columns)
				}
				if mapped := in.name == "arrow" && w.mode == pipeline.Mmap; mapped != (made.Shared == made.Bytes) || made.Copied != 0 || stage["read"].Bytes == 0 {
					t.Errorf("read %+v, decode %+v", stage["read"], made)
				}
				want := pipeline.StageBytes{Stage: "hand-over"}
				switch w.mode {
				case pipeline.Pipe:
					want.Bytes, want.Copied = handed.Bytes, handed.Bytes
				case pipeline.Mmap:
					want.Bytes, want.Shared = made.Bytes, made.Bytes
				}
				if processes := w.mode == pipeline.Pipe || w.mode == pipeline.Mmap; handed != want || processes != (handed.Bytes >= columns) || processes != (returned.Copied > 0) {
					t.Errorf("hand-over %+v, return %+v", handed, returned)
				}
				if got := b.Copied; got != made.Copied+handed.Copied {
					t.Errorf("copied %d in all, by stage %d and %d", got, made.Copied, handed.Copied)
				}
			})
		}
	}
}
