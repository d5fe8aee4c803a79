package chrometrace_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/chrometrace"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/stages"
)

// TestMain makes the test binary its own worker.
func TestMain(m *testing.M) {
	pipeline.ServeWorker(stages.Builtin())
	os.Exit(m.Run())
}

// TestRealRuns traces runs of every mode that return rows or one partial, alone
// and all in one file.
func TestRealRuns(t *testing.T) {
	input := filepath.Join(t.TempDir(), "rows.csv")
	var text strings.Builder
	text.WriteString("x,k\n")
	for i := range 40_000 {
		fmt.Fprintf(&text, "%d.5,%d\n", i, i%7)
	}
	if err := os.WriteFile(input, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for job, spec := range map[string]pipeline.Job{
		"partial": {Inputs: []string{input}, Aggregate: "sum(x)", By: "k"},
		"rows":    {Inputs: []string{input}, Where: "k < 6"},
	} {
		t.Run(job, func(t *testing.T) {
			var all []chrometrace.Run
			for _, mode := range pipeline.Modes() {
				processes := mode == pipeline.Pipe || mode == pipeline.Mmap
				if processes && procs.Supported() != nil {
					continue
				}
				t.Run(string(mode), func(t *testing.T) {
					res, err := pipeline.Run(context.Background(), spec, pipeline.Options{Mode: mode, Workers: 2, ChunkRows: 1000, Trace: true})
					if err != nil {
						t.Fatal(err)
					}
					run := chrometrace.Run{Name: string(mode), Mode: string(mode), Digest: res.Report.Digest, Trace: res.Report.Trace}
					f, _ := checked(t, run)
					about := f.OtherData.Runs[0]
					if about.Mode != string(mode) || about.Digest != res.Report.Digest || about.Dropped != 0 || about.Wall != run.Trace.Wall.Seconds() {
						t.Errorf("the file says of the run %+v", about)
					}
					if processes {
						checkRoutes(t, f, run.Trace, job == "rows")
					} else if mode == pipeline.Sequential && len(f.flows()) > 0 {
						t.Errorf("there are arrows between lanes: %+v", f.flows())
					}
					if n := f.count("C"); (n > 0) != processes {
						t.Errorf("there are %d counters", n)
					}
					all = append(all, run)
				})
			}
			checked(t, all...)
		})
	}
}

func (f file) count(phase string) (n int) {
	for _, e := range f.TraceEvents {
		if e.Phase == phase {
			n++
		}
	}
	return n
}

// checkRoutes checks that every chunk that a worker computed has an arrow from
// the reader through the feeder to that worker, and if it gave rows, on to who
// wrote them.
func checkRoutes(t *testing.T, f file, trace *timing.Trace, rows bool) {
	t.Helper()
	names := f.trackNames(t)
	slices := f.slices(t, names)
	routes := map[string]string{} // chunk -> names of lanes and slices
	for _, steps := range f.flows() {
		var chunk any
		var route []string
		for _, e := range steps {
			at := track{e.Pid, e.Tid}
			slice := sliceAt(slices[at], e.start())
			chunk = slice.Args["chunk"]
			_, lane, _ := strings.Cut(names[at], "/")
			route = append(route, lane+" "+slice.Name)
		}
		if routes[chunk.(string)] != "" {
			t.Errorf("chunk %v has two arrows", chunk)
		}
		routes[chunk.(string)] = strings.Join(route, " > ")
	}
	computed := 0
	for _, l := range trace.Lanes {
		for _, s := range l.Recorded {
			if s.Category != timing.Compute {
				continue
			}
			computed++
			route := routes[fmt.Sprintf("%d/%d", s.Split, s.Index)]
			middle := " > feeder of " + l.Name + " copy > " + l.Name + " compute"
			before, after, found := strings.Cut(route, middle)
			if !found || !strings.HasPrefix(before, "reader ") || rows != strings.HasSuffix(after, " write") {
				t.Errorf("chunk %d/%d, computed by %s, went %q", s.Split, s.Index, l.Name, route)
			}
		}
	}
	if computed < 40 || len(routes) != len(trace.Chunks) {
		t.Errorf("%d chunks were computed, %d have arrows, there are %d", computed, len(routes), len(trace.Chunks))
	}
}
