package verdict_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

const ms = time.Millisecond

// script writes down what a lane does, one step after the other.
type script struct {
	lane timing.Spans
	at   time.Duration
}

func newScript(name string, role timing.Role, begin int) *script {
	return &script{lane: timing.Spans{Name: name, Role: role}, at: time.Duration(begin) * ms}
}

// does puts the lane into a category for some ms, on a chunk of a split, or on
// none (-1). onCore is the part of it that the lane had a core.
func (s *script) does(c timing.Category, split, forMS int, onCore float64) *script {
	d := time.Duration(forMS) * ms
	s.lane.Recorded = append(s.lane.Recorded, timing.Span{Start: s.at, End: s.at + d, Category: c, Split: int32(split)})
	s.lane.Spent[c] += d
	s.lane.Usage.Bound[c] += d
	if !c.Waits() {
		s.lane.Usage.CPU[c] += time.Duration(float64(d) * onCore)
	}
	s.at += d
	return s
}

func (s *script) until(ms2 int, c timing.Category) *script {
	if d := time.Duration(ms2)*ms - s.at; d > 0 {
		return s.does(c, -1, int(d/ms), 1)
	}
	return s
}

// reportOf is a recorded run of these lanes: each split is one chunk.
func reportOf(mode pipeline.Mode, workers, splits int, scripts ...*script) *pipeline.Report {
	t := &timing.Trace{}
	for _, s := range scripts {
		t.Lanes = append(t.Lanes, s.lane)
		t.Begins = append(t.Begins, s.lane.Recorded[0].Start)
		t.Wall = max(t.Wall, s.at)
	}
	for i := range splits {
		t.Chunks = append(t.Chunks, timing.Chunk{Split: int32(i), Rows: 1000, SizeBytes: 8000, Leased: true})
	}
	r := &pipeline.Report{
		Mode: mode, Workers: workers, ChunkRows: 65536, Chunks: int64(splits), Splits: splits, Rows: int64(splits) * 1000,
		Wall: t.Wall, Cores: 2, Trace: t, ArenaLimit: 1 << 30,
	}
	if mode == pipeline.Pipe || mode == pipeline.Mmap {
		r.Readers = 1
	}
	return r
}

func TestCausesOfConstructedRuns(t *testing.T) {
	even := func(lane int, each int, step timing.Category, onCore float64) *script {
		s := newScript(fmt.Sprintf("thread %d", lane+1), timing.Thread, 1)
		for i := range 10 {
			s.does(step, 2*i+lane, each, onCore)
		}
		return s
	}
	coordinator := func(wall int) *script {
		return newScript("coordinator", timing.Coordinator, 0).does(timing.Start, -1, 1, 1).until(wall, timing.Wait)
	}
	skewed := []*script{newScript("thread 1", timing.Thread, 1), newScript("thread 2", timing.Thread, 1)}
	for i := range 19 {
		skewed[i%2].does(timing.Compute, i, 2, 1)
	}
	skewed[1].does(timing.Compute, 19, 60, 1) // the last split takes as long as all others together
	late := newScript("worker 1", timing.Worker, 0).does(timing.Start, -1, 50, 1)
	for i := range 10 {
		late.does(timing.Compute, i, 1, 1)
	}
	reader := newScript("reader 1", timing.Reader, 1)
	for i := range 10 {
		reader.does(timing.Decode, i, 1, 1)
	}
	merging := []*script{even(0, 2, timing.Compute, 1).does(timing.Merge, -1, 40, 1), even(1, 2, timing.Compute, 1).does(timing.WaitTurn, -1, 40, 1).does(timing.Merge, -1, 40, 1)}
	writing := newScript("thread 1", timing.Thread, 1)
	for i := range 10 {
		writing.does(timing.Compute, i, 2, 1).does(timing.Write, i, 6, 1)
	}
	for name, c := range map[string]struct {
		report   *pipeline.Report
		evidence verdict.Evidence
		cause    verdict.Cause
		share    float64
	}{
		"nothing": {report: reportOf(pipeline.Threads, 2, 20, even(0, 5, timing.Compute, 1), even(1, 5, timing.Compute, 1), coordinator(51)), evidence: verdict.Evidence{Resident: 1}},
		"skew": {
			reportOf(pipeline.Threads, 2, 20, skewed[0], skewed[1], coordinator(79)), verdict.Evidence{Resident: 1}, verdict.Skew, 1 - 50.0/79,
		},
		"start-up": {
			reportOf(pipeline.Mmap, 1, 10, late, reader, coordinator(60)), verdict.Evidence{Resident: 1}, verdict.StartUp, 0.8,
		},
		"serial merge": {
			reportOf(pipeline.Threads, 2, 20, merging[0], merging[1], coordinator(101)), verdict.Evidence{Resident: 1}, verdict.SerialMerge, 0.8,
		},
		"slow output": {
			reportOf(pipeline.Threads, 1, 10, writing, coordinator(81)), verdict.Evidence{Resident: 1}, verdict.SlowOutput, 60.0 / 81,
		},
		"slow input": {
			reportOf(pipeline.Threads, 2, 20, even(0, 5, timing.Read, 0.2), even(1, 5, timing.Read, 0.2), coordinator(51)), verdict.Evidence{Resident: 1}, verdict.SlowInput, 40.0 / 51,
		},
		"cold files": {
			reportOf(pipeline.Threads, 2, 20, even(0, 5, timing.Read, 0.2), even(1, 5, timing.Read, 0.2), coordinator(51)), verdict.Evidence{Resident: 0.1}, verdict.ColdFiles, 40.0 / 51,
		},
		"other load": {
			reportOf(pipeline.Threads, 2, 20, even(0, 5, timing.Compute, 0.5), even(1, 5, timing.Compute, 0.5), coordinator(51)), verdict.Evidence{Resident: 1}, verdict.OtherLoad, 25.0 / 51,
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := verdict.Record(c.report)
			if off := math.Abs(rec.Wall.Seconds()/c.report.Wall.Seconds() - 1); off > 0.02 {
				t.Errorf("the replay takes %v, the run took %v", rec.Wall, c.report.Wall)
			}
			found := verdict.Causes(rec, c.evidence)
			if c.cause == "" {
				if len(found) > 0 {
					t.Errorf("found %v", found)
				}
				return
			}
			if len(found) == 0 || found[0].Cause != c.cause || math.Abs(found[0].Share-c.share) > 0.03 {
				t.Errorf("found %v, want %s with a share of %.2f", found, c.cause, c.share)
			}
		})
	}
}
