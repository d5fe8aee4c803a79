package pipeline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/exec"
)

// TestAFileThatIsTruncatedWhileItIsReadIsAnError cuts a mapped input off after
// the first row has come out. Whoever touches the pages behind gets a signal;
// the run gets an error of the input, and names it.
func TestAFileThatIsTruncatedWhileItIsReadIsAnError(t *testing.T) {
	for _, w := range ways() {
		t.Run(w.String(), func(t *testing.T) {
			path := arrowTable(t, 200_000)
			leavesNothing(t)
			cut := false
			o := pipeline.Options{Mode: w.mode, Codec: w.codec, Workers: 2, ChunkRows: 1000}
			o.Rows = rowsTo(func() error {
				if cut {
					return nil
				}
				cut = true
				return os.Truncate(path, 4096)
			})
			_, err := pipeline.Run(context.Background(), pipeline.Job{Inputs: []string{path}, Select: "id, x, price"}, o)
			if class := pipeline.Classify(err); class != pipeline.BadData {
				t.Errorf("class %d of %v", class, err)
			}
			if err != nil && !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("error %q does not name the file", err)
			}
		})
	}
}

// misaligned is an Arrow file whose values begin at a multiple of four bytes,
// which no writer of today makes but the format allows to read.
func misaligned(t *testing.T) string {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range 100 {
		b.Field(0).(*array.Int64Builder).Append(int64(i) + 0x0102030405060708)
	}
	record := b.NewRecord()
	defer record.Release()
	path := filepath.Join(t.TempDir(), "misaligned.arrows")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := ipc.NewWriter(f, ipc.WithSchema(schema))
	if err := errors.Join(w.Write(record), w.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The length of the schema message grows by four, and what follows moves.
	size := int(content[4]) | int(content[5])<<8
	grown := append([]byte(nil), content[:8+size]...)
	grown = append(grown, 0, 0, 0, 0)
	grown = append(grown, content[8+size:]...)
	grown[4], grown[5] = byte(size+4), byte((size+4)>>8)
	if err := os.WriteFile(path, grown, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStrictZeroCopyNamesWhatHasToBeCopied(t *testing.T) {
	path := misaligned(t)
	job := pipeline.Job{Inputs: []string{path}, Aggregate: "sum(v)"}
	t.Run("mmap", func(t *testing.T) {
		leavesNothing(t)
		res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Mmap})
		if err != nil {
			t.Fatal(err)
		}
		if res.Report.Bytes.Copied < 800 {
			t.Errorf("%d bytes were copied of 800 that are not aligned", res.Report.Bytes.Copied)
		}
		_, err = pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Mmap, StrictZeroCopy: true})
		var strict *exec.ZeroCopyError
		if !errors.As(err, &strict) || strict.Copy.Column != "v" || !strings.Contains(err.Error(), "not aligned") {
			t.Errorf("error is %v", err)
		}
	})
	for _, mode := range []pipeline.Mode{pipeline.Sequential, pipeline.Threads} {
		t.Run(string(mode)+", which reads to where it is aligned", func(t *testing.T) {
			leavesNothing(t)
			res, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: mode, StrictZeroCopy: true})
			if err != nil || res.Report.Bytes.Copied != 0 {
				t.Errorf("%d bytes were copied, error %v", res.Report.Bytes.Copied, err)
			}
		})
	}
	t.Run("mode pipe, which copies by design", func(t *testing.T) {
		_, err := pipeline.Run(context.Background(), job, pipeline.Options{Mode: pipeline.Pipe, StrictZeroCopy: true})
		if class := pipeline.Classify(err); class != pipeline.Usage {
			t.Errorf("class %d of %v", class, err)
		}
	})
}
