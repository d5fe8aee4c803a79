package chrometrace_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chrometrace"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// lane is a lane whose spans follow each other from begin on.
func lane(name string, role timing.Role, pid int, begin time.Duration, spans ...timing.Span) timing.Spans {
	at := begin
	for i := range spans {
		spans[i].Start, spans[i].End = at, at+spans[i].End
		at = spans[i].End
	}
	return timing.Spans{Name: name, Role: role, Pid: pid, Recorded: spans}
}

// idle is a span without a chunk, on one about a chunk of split 0.
func idle(c timing.Category, d time.Duration) timing.Span {
	return timing.Span{Category: c, End: d, Split: -1}
}

func on(index int32, c timing.Category, d time.Duration) timing.Span {
	return timing.Span{Category: c, End: d, Index: index}
}

// throughWorker is a run of one worker that returns rows of two chunks, the
// second of which the reader found last.
func throughWorker() *timing.Trace {
	return &timing.Trace{
		Wall: 2 * time.Millisecond,
		Chunks: []timing.Chunk{
			{Index: 0, Rows: 100, SizeBytes: 800},
			{Index: 1, Rows: 7, SizeBytes: 56},
		},
		Lanes: []timing.Spans{
			lane("reader 1", timing.Reader, 100, 10_000,
				on(0, timing.Start, 5_001), on(0, timing.Decode, 20_000), on(0, timing.Read, 1_000), on(0, timing.WaitWorker, 500),
				on(1, timing.Decode, 9_999), on(1, timing.WaitWorker, 1), on(2, timing.Decode, 40)),
			lane("feeder of worker 1", timing.Feeder, 100, 10_000,
				idle(timing.Wait, 26_600), on(0, timing.Encode, 400), on(0, timing.Copy, 20_000),
				idle(timing.Wait, 1_000), on(1, timing.Copy, 3_000)),
			lane("worker 1", timing.Worker, 101, 5_000,
				idle(timing.Start, 20_000), idle(timing.Wait, 14_000),
				on(0, timing.Copy, 1_000), on(0, timing.Decode, 1_000), on(0, timing.Compute, 12_000), on(0, timing.Return, 3_000),
				idle(timing.Wait, 10_000), on(1, timing.Compute, 2_000), on(1, timing.Return, 1_000)),
			lane("receiver of worker 1", timing.Receiver, 100, 10_000,
				idle(timing.Wait, 47_000), idle(timing.Return, 100), on(0, timing.Merge, 50), on(0, timing.Write, 1_000),
				idle(timing.Wait, 20_000), on(1, timing.Merge, 50), on(1, timing.Write, 1_000)),
			lane("coordinator", timing.Coordinator, 100, 0, idle(timing.Start, 10_000), idle(timing.Wait, 100_000), idle(timing.Merge, 1_000)),
		},
	}
}

// inThreads is a run of two threads of the same process, in which the second
// thread writes what the first one computed too late.
func inThreads() *timing.Trace {
	return &timing.Trace{
		Wall:   time.Millisecond,
		Chunks: []timing.Chunk{{Index: 0, Rows: 1, SizeBytes: 8}, {Index: 1, Rows: 1, SizeBytes: 8}},
		Lanes: []timing.Spans{
			lane("thread 10", timing.Thread, 100, 0, on(1, timing.Decode, 100), on(1, timing.Compute, 100), on(1, timing.Merge, 10)),
			lane("thread 2", timing.Thread, 100, 0, on(0, timing.Decode, 300), on(0, timing.Compute, 100), on(0, timing.Merge, 10),
				on(0, timing.Write, 10), on(1, timing.Write, 10), on(0, timing.Merge, 10)),
			{Name: "coordinator", Role: timing.Coordinator, Pid: 100, Dropped: 3},
		},
	}
}

func TestGolden(t *testing.T) {
	_, got := checked(t,
		chrometrace.Run{Name: "pipe/raw x1", Mode: "pipe", Digest: "cafe", Trace: throughWorker()},
		chrometrace.Run{Name: "threads x2", Mode: "threads", Digest: "cafe", Trace: inThreads()},
	)
	const path = "testdata/two-runs.json"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
}

// The same run many times, as a comparison of one mode in several ways has it:
// every one has tracks and arrows of its own.
func TestRunsOfOneProcessAreApart(t *testing.T) {
	f, _ := checked(t,
		chrometrace.Run{Name: "a", Trace: throughWorker()},
		chrometrace.Run{Name: "b", Trace: throughWorker()},
		chrometrace.Run{Name: "c", Trace: throughWorker()},
	)
	if n := len(f.flows()); n != 6 {
		t.Errorf("there are %d arrows for 6 chunks", n)
	}
	labels, pids := map[string]int{}, map[int]bool{}
	for _, e := range f.TraceEvents {
		pids[e.Pid] = true
		if e.Name == "process_labels" {
			labels[e.Args["labels"].(string)]++
		}
	}
	if len(pids) != 6 || !pids[100] || !pids[101] || labels["pid 100"] != 2 || labels["pid 101"] != 2 {
		t.Errorf("process numbers %v, labels %v", pids, labels)
	}
}

func TestNamesAreEscaped(t *testing.T) {
	for _, name := range []string{
		`"},{"ph":"X`, `back\slash\`, "line\nfeed\ttab\x00nul\x7f", "</script>", "Größe 大 😀", "not \xff UTF-8", "\u2028",
	} {
		trace := throughWorker()
		for i := range trace.Lanes {
			trace.Lanes[i].Name += name
		}
		f, _ := checked(t, chrometrace.Run{Name: name, Mode: name, Digest: name, Trace: trace})
		if got, want := f.OtherData.Runs[0].Mode, strings.ToValidUTF8(name, "\uFFFD"); got != want {
			t.Errorf("%q comes back as %q", name, got)
		}
	}
}

func TestArrowsGoForwardInTime(t *testing.T) {
	across := func(copying, computing timing.Spans) *timing.Trace {
		return &timing.Trace{Wall: time.Second, Chunks: []timing.Chunk{{Rows: 1}}, Lanes: []timing.Spans{
			lane("coordinator", timing.Coordinator, 1, 0),
			lane("reader", timing.Reader, 1, 0, on(0, timing.Decode, 10)), copying, computing,
		}}
	}
	feeder := func(begin, d time.Duration) timing.Spans {
		return lane("feeder", timing.Feeder, 1, begin, on(0, timing.Copy, d))
	}
	worker := func(begin, d time.Duration) timing.Spans {
		return lane("worker", timing.Worker, 2, begin, on(0, timing.Compute, d))
	}
	for _, tt := range []struct {
		name  string
		trace *timing.Trace
		want  []time.Duration
	}{
		{"one after the other", across(feeder(20, 10), worker(40, 10)), []time.Duration{5, 25, 45}},
		{"the worker is done before the feeder", across(feeder(20, 100), worker(30, 10)), []time.Duration{5, 34, 35}},
		{"spans of a nanosecond", across(feeder(10, 1), worker(11, 1)), []time.Duration{5, 10, 11}},
		{"the worker's clock is late", across(feeder(20, 10), worker(15, 2)), []time.Duration{5, 16}},
		{"the worker's clock is far off", across(feeder(20, 10), worker(0, 1)), nil},
		{"the feeder's span was not kept", across(lane("feeder", timing.Feeder, 1, 0), worker(40, 10)), []time.Duration{5, 45}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := checked(t, chrometrace.Run{Trace: tt.trace})
			var got []time.Duration
			for _, e := range f.flows()[1] {
				got = append(got, e.start())
			}
			if len(got) != len(tt.want) {
				t.Fatalf("stops at %v, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("stops at %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestEmptyTraces(t *testing.T) {
	checked(t)
	f, _ := checked(t, chrometrace.Run{Name: "none", Trace: &timing.Trace{}})
	if len(f.TraceEvents) != 0 {
		t.Errorf("there are events: %+v", f.TraceEvents)
	}
	checked(t, chrometrace.Run{Name: "a worker alone", Trace: &timing.Trace{
		Wall: 20, Lanes: []timing.Spans{lane("worker 1", timing.Worker, 0, 0, on(0, timing.Compute, 10))},
	}})
}

func TestErrors(t *testing.T) {
	var out bytes.Buffer
	err := chrometrace.Write(&out, "1", []chrometrace.Run{{Name: "mmap"}})
	if err == nil || !strings.Contains(err.Error(), "mmap") || !strings.Contains(err.Error(), "Options.Trace") || out.Len() > 0 {
		t.Errorf("a run without a trace: %v, %q written", err, out.String())
	}
	full := errors.New("disk full")
	if err := chrometrace.Write(failing{full}, "1", []chrometrace.Run{{Trace: throughWorker()}}); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
