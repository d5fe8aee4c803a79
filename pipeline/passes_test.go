package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/stages/result"
)

// inOrder needs values in order of several arguments, and other aggregates
// beside them.
var inOrder = pipeline.Job{
	Derive: []string{"xy = x * y"}, Where: "price < 100",
	Aggregate: "count(), median(xy), quantile(xy, 0.999), sum(z) as s, quantile(id, 0.25), quantile(ts, 0.5), max(x), approx_quantile(x, 0.9), quantile(k, 0.9)",
}

const manyRows = 200_000

// little is so much memory that lanes cannot keep manyRows values.
var little = pipeline.Options{MemoryLimitBytes: 64 << 20, Workers: 2}

func runWith(t *testing.T, job pipeline.Job, o pipeline.Options) (outcome, pipeline.Report) {
	t.Helper()
	res, err := pipeline.Run(context.Background(), job, o)
	if err != nil {
		t.Fatalf("%s/%s: %v", o.Mode, o.Codec, err)
	}
	checkAccount(t, fmt.Sprintf("%s/%s", o.Mode, o.Codec), res.Report)
	var text bytes.Buffer
	if err := result.WriteJSON(&text, res.Table, res.Report.Digest); err != nil {
		t.Fatal(err)
	}
	return outcome{text.String(), res.Report.Digest}, res.Report
}

// TestPassesGiveTheSameBytes: what does not fit the memory is read more than
// once, and the result is that of a run that has memory for all.
func TestPassesGiveTheSameBytes(t *testing.T) {
	inputs := synthetic(t, manyRows)
	job := inOrder
	job.Inputs = []string{inputs[2].path}
	want, report := runWith(t, job, pipeline.Options{Mode: pipeline.Sequential})
	if report.Passes != 1 || report.Rows != manyRows {
		t.Fatalf("with memory for all there are %d passes over %d rows", report.Passes, report.Rows)
	}
	for i, w := range ways() {
		in := inputs[i%len(inputs)]
		t.Run(w.String()+" of "+in.name, func(t *testing.T) {
			job := inOrder
			job.Inputs = []string{in.path}
			o := little
			o.Mode, o.Codec = w.mode, w.codec
			var last pipeline.Progress
			o.Progress = func(p pipeline.Progress) { last = p }
			got, report := runWith(t, job, o)
			same(t, got, want, in, w, 2, report.ChunkRows)
			if report.Passes < 2 || report.Passes > 4 {
				t.Errorf("%d passes", report.Passes)
			}
			if report.Rows != int64(report.Passes)*manyRows {
				t.Errorf("%d rows in %d passes over %d", report.Rows, report.Passes, manyRows)
			}
			if last.Rows != report.Rows || last.BytesDone != last.BytesTotal {
				t.Errorf("at the end the progress is %+v", last)
			}
			again := 0
			for _, l := range report.Lanes {
				if strings.HasSuffix(l.Name, ", pass 2") {
					again++
				}
			}
			if w.mode == pipeline.Sequential {
				again++ // the coordinator's lane is in all passes
			}
			if again == 0 {
				t.Error("no lane belongs to the second pass")
			}
		})
	}
}

// TestALaterPassReadsOnlyWhatItNeeds: columns of other aggregates are read once.
func TestALaterPassReadsOnlyWhatItNeeds(t *testing.T) {
	job := pipeline.Job{Inputs: []string{synthetic(t, 2*manyRows)[1].path}, Aggregate: "sum(y), sum(z), sum(price), sum(f), sum(ts), median(id), median(x)"}
	o := little
	o.Mode = pipeline.Threads
	_, report := runWith(t, job, o)
	job.Aggregate = "sum(y), sum(z), sum(price), sum(f), sum(ts), sum(id), sum(x)"
	_, once := runWith(t, job, o)
	if report.Passes < 2 || report.Bytes.Read >= once.Bytes.Read*3/2 {
		t.Errorf("%d passes read %d bytes, one reads %d", report.Passes, report.Bytes.Read, once.Bytes.Read)
	}
}

func TestStandardInputIsReadMoreThanOnce(t *testing.T) {
	in := synthetic(t, manyRows)[0]
	job := inOrder
	job.Inputs = []string{in.path}
	want, _ := runWith(t, job, pipeline.Options{Mode: pipeline.Sequential})
	content, err := os.ReadFile(in.path)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		w.Write(content)
	}()
	o := little
	o.Stdin = r
	job.Inputs = []string{"-"}
	got, report := runWith(t, job, o)
	same(t, got, want, in, way{}, 2, report.ChunkRows)
	if report.Passes < 2 {
		t.Errorf("%d passes", report.Passes)
	}
}

// Groups cannot be read again in ranges: too many values in them are an error
// that says what to do.
func TestGroupsOfTooManyValuesAreAnError(t *testing.T) {
	job := pipeline.Job{Inputs: []string{arrowTable(t, 2_000_000)}, By: "k", Aggregate: "median(x)"}
	for _, mode := range []pipeline.Mode{pipeline.Sequential, pipeline.Mmap} {
		o := little
		o.Mode = mode
		_, err := pipeline.Run(context.Background(), job, o)
		if pipeline.Classify(err) != pipeline.Limit || !strings.Contains(err.Error(), "raise --memory-limit") || !strings.Contains(err.Error(), "approx_quantile") {
			t.Errorf("%s: error is %v", mode, err)
		}
	}
	job.Aggregate = "approx_quantile(x, 0.5)"
	if _, err := pipeline.Run(context.Background(), job, little); err != nil {
		t.Error(err)
	}
}
