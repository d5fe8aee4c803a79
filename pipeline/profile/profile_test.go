package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	runtimepprof "runtime/pprof"
	"slices"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// made is a profile of kind k with one sample of each function, whose values
// all are v.
func made(k Kind, v int64, functions ...string) *pprof.Profile {
	p := &pprof.Profile{DurationNanos: 1000, TimeNanos: 1, Period: 1, PeriodType: valueType(units[k].period)}
	for _, t := range strings.Fields(units[k].values) {
		p.SampleType = append(p.SampleType, valueType(t))
	}
	for i, name := range functions {
		f := &pprof.Function{ID: uint64(i + 1), Name: name}
		at := &pprof.Location{ID: f.ID, Address: uint64(len(name)), Line: []pprof.Line{{Function: f}}}
		s := &pprof.Sample{Location: []*pprof.Location{at}}
		for range p.SampleType {
			s.Value = append(s.Value, v)
		}
		p.Function, p.Location, p.Sample = append(p.Function, f), append(p.Location, at), append(p.Sample, s)
	}
	return p
}

func valueType(s string) *pprof.ValueType {
	name, unit, _ := strings.Cut(s, "/")
	return &pprof.ValueType{Type: name, Unit: unit}
}

func compressed(t testing.TB, p *pprof.Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// written is what a collector writes, read back: of one process, or merged.
func written(t *testing.T, c *Collector, k Kind, process string) *pprof.Profile {
	t.Helper()
	var b bytes.Buffer
	var err error
	if process == "" {
		err = c.Write(&b, k)
	} else {
		err = c.WriteProcess(&b, k, process)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := pprof.ParseData(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// workersOf are the samples of workers: function, labels and first value.
func workersOf(p *pprof.Profile) (all []string) {
	for _, s := range p.Sample {
		if process := s.Label["process"][0]; process != Coordinator {
			all = append(all, fmt.Sprint(s.Location[0].Line[0].Function.Name, " ", process, " ", s.Label["mode"][0], " ", s.Label["way"][0], " ", s.Value[0]))
		}
	}
	slices.Sort(all)
	return all
}

func TestProfilesOfRunsAreMerged(t *testing.T) {
	for _, k := range []Kind{CPU, Heap} {
		t.Run(string(k), func(t *testing.T) {
			c := New(Options{CPU: k == CPU, Heap: k == Heap})
			for _, mode := range []string{"pipe", "mmap", "mmap"} {
				run, err := c.With("way", mode+" x10").Begin(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if got := run.Options().Kinds(); !slices.Equal(got, []Kind{k}) {
					t.Fatalf("%v is asked for", got)
				}
				for worker, functions := range map[string][]string{"worker 10": {"f"}, "worker 2": {"f", "long"}} {
					if err := run.Add(k, worker, compressed(t, made(k, 3, functions...))); err != nil {
						t.Fatal(err)
					}
				}
				if err := errors.Join(run.Snapshot(), run.End(map[string]string{"mode": mode})); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{
				"f worker 10 mmap mmap x10 6", "f worker 10 pipe pipe x10 3",
				"f worker 2 mmap mmap x10 6", "f worker 2 pipe pipe x10 3",
				"long worker 2 mmap mmap x10 6", "long worker 2 pipe pipe x10 3",
			}
			merged := written(t, c, k, "")
			if got := workersOf(merged); !slices.Equal(got, want) {
				t.Errorf("samples are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if got := workersOf(written(t, c, k, "worker 10")); !slices.Equal(got, want[:2]) {
				t.Errorf("samples of worker 10 are\n%s", strings.Join(got, "\n"))
			}
			if got := c.Processes(k); !slices.Equal(got, []string{Coordinator, "worker 2", "worker 10"}) {
				t.Errorf("processes are %q", got)
			}
			if got, want := merged.DurationNanos, written(t, c, k, Coordinator).DurationNanos; got != want {
				t.Errorf("the merged profile lasts %d ns, the coordinator's %d", got, want)
			}
		})
	}
}

func TestAFailedRunAddsNothing(t *testing.T) {
	c := New(Options{CPU: true, Heap: true})
	run, err := c.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Add(CPU, "worker 1", compressed(t, made(CPU, 1, "f"))); err != nil {
		t.Fatal(err)
	}
	run.Abort()
	for _, k := range []Kind{CPU, Heap} {
		if got := c.Processes(k); len(got) > 0 {
			t.Errorf("%s profiles of %q", k, got)
		}
		if err := c.Write(new(bytes.Buffer), k); err == nil {
			t.Errorf("a %s profile is written", k)
		}
	}
}

func TestNoCollectorTakesNothing(t *testing.T) {
	var none *Collector
	for _, c := range []*Collector{none, none.With("way", "mmap"), New(Options{})} {
		run, err := c.Begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if run.OnSwitch() != nil || run.Options() != (Options{}) || run.Warnings() != nil {
			t.Error("a profile is taken")
		}
		if err := errors.Join(run.Snapshot(), run.End(nil)); err != nil {
			t.Error(err)
		}
		run.Abort()
	}
}

// A program that embeds weir and profiles itself keeps its profile.
func TestAProfileOfTheProgramIsNotDisturbed(t *testing.T) {
	var own bytes.Buffer
	if err := runtimepprof.StartCPUProfile(&own); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{CPU: true}).Begin(context.Background()); !errors.Is(err, ErrInUse) {
		t.Errorf("error is %v", err)
	}
	run, err := New(Options{Heap: true}).Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(run.Snapshot(), run.End(nil)); err != nil {
		t.Error(err)
	}
	runtimepprof.StopCPUProfile()
	if _, err := pprof.ParseData(own.Bytes()); err != nil {
		t.Errorf("the program's own profile: %v", err)
	}
}

// The caller's goroutine has its labels in the samples, and gets them back.
func TestLabelsOfTheCallerAreKept(t *testing.T) {
	runtimepprof.Do(context.Background(), runtimepprof.Labels("job", "nightly"), func(ctx context.Context) {
		run, err := New(Options{CPU: true}).Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		lane := timing.NewLane("test", timing.Coordinator, timing.Start)
		lane.OnSwitch(run.OnSwitch())
		lane.Switch(timing.Decode)
		if got, want := labelsHere(t), `{"job":"nightly", "stage":"decode"}`; got != want {
			t.Errorf("labels are %s, want %s", got, want)
		}
		if err := run.End(nil); err != nil {
			t.Fatal(err)
		}
		if got, want := labelsHere(t), `{"job":"nightly"}`; got != want {
			t.Errorf("labels are %s, want %s", got, want)
		}
	})
}

// labelsHere are the labels of the calling goroutine, found by its stack.
func labelsHere(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if err := runtimepprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	for _, g := range strings.Split(b.String(), "\n\n") {
		if strings.Contains(g, "profile.labelsHere") {
			_, labels, _ := strings.Cut(g, "# labels: ")
			labels, _, _ = strings.Cut(labels, "\n")
			return labels
		}
	}
	t.Fatal("this goroutine is not in the profile")
	return ""
}

// What was allocated before the run is not the run's.
func TestAHeapProfileIsOfTheRun(t *testing.T) {
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1
	before := allocate(3)
	c := New(Options{Heap: true})
	run, err := c.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	during := allocate(5)
	if err := errors.Join(run.Snapshot(), run.End(nil)); err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(before)
	runtime.KeepAlive(during)
	var blocks, inUse int64
	for _, s := range written(t, c, Heap, "").Sample {
		for _, at := range s.Location {
			if strings.HasSuffix(at.Line[0].Function.Name, "profile.allocate") && s.NumLabel["bytes"][0] == 4096 {
				blocks, inUse = blocks+s.Value[0], inUse+s.Value[2]
			}
		}
	}
	if blocks != 5 || inUse != 5 {
		t.Errorf("%d blocks allocated, %d in use, want 5", blocks, inUse)
	}
}

//go:noinline
func allocate(n int) (blocks [][]byte) {
	for range n {
		blocks = append(blocks, make([]byte, 4096))
	}
	return blocks
}
