package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"
)

// heavy is a job whose time is spent computing.
var heavy = []string{"--derive", "v = sin(x) * exp(y) + ln(y) ** 2.5", "--agg", "sum(v), stddev(v)", "--by", "k", "--timings", "none"}

// CPU and heap profiles have samples of every process with labels, whose
// functions are named.
func TestProfile(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		mode, codec string
		workers     int
	}{
		{"sequential", "", 0}, {"threads", "", 0}, {"pipe", "raw", 2}, {"mmap", "", 2},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			if tt.workers > 0 && runtime.GOOS == "windows" {
				t.Skip("there are no workers on windows")
			}
			processes := []string{"coordinator"}
			for i := range tt.workers {
				processes = append(processes, fmt.Sprintf("worker %d", i+1))
			}
			labels := map[string]string{"mode": tt.mode, "codec": tt.codec}
			args := append([]string{"run", "--mode", tt.mode, "--workers", "2", "--cpuprofile", "c.pprof", "--memprofile", "m.pprof", "--profile", tt.mode}, heavy...)
			sampled(t, dir, processes, func(input string) *pprof.Profile {
				weir(t, dir, append(args, input)...)
				return readProfile(t, filepath.Join(dir, tt.mode, "cpu.pprof"), labels)
			})
			var want []string
			for _, kind := range []string{"cpu", "heap"} {
				want = append(want, kind+".pprof")
				for _, p := range processes {
					name := fmt.Sprintf("%s.%s.pprof", kind, strings.ReplaceAll(p, " ", "-"))
					want = append(want, name)
					for _, s := range readProfile(t, filepath.Join(dir, tt.mode, name), labels).Sample {
						if !slices.Equal(s.Label["process"], []string{p}) {
							t.Fatalf("%s has a sample of %v", name, s.Label)
						}
					}
				}
			}
			slices.Sort(want)
			if got := names(t, filepath.Join(dir, tt.mode)); !slices.Equal(got, want) {
				t.Errorf("there are %q, want %q", got, want)
			}
			for one, other := range map[string]string{"c.pprof": "cpu.pprof", "m.pprof": "heap.pprof"} {
				a, b := readProfile(t, filepath.Join(dir, one), labels), readProfile(t, filepath.Join(dir, tt.mode, other), labels)
				if !slices.Equal(total(a), total(b)) {
					t.Errorf("%s has %v, %s %v", one, total(a), other, total(b))
				}
			}
		})
	}
}

// sampled repeats a run over ever more rows until its CPU profile has samples of
// every process while it computes, and of decoding by some process.
func sampled(t *testing.T, dir string, processes []string, run func(input string) *pprof.Profile) {
	t.Helper()
	for rows := 250_000; ; rows *= 2 {
		input := filepath.Join(dir, fmt.Sprintf("%d.csv", rows))
		if _, err := os.Stat(input); err != nil {
			weir(t, dir, "gen", "--progress", "off", "--rows", fmt.Sprint(rows), input)
		}
		seen := map[string]bool{}
		for _, s := range run(input).Sample {
			if stage := s.Label["stage"]; len(stage) > 0 {
				seen[s.Label["process"][0]], seen[stage[0]] = true, true
			}
		}
		var lacking []string
		for _, want := range append(processes, "decode", "compute") {
			if !seen[want] {
				lacking = append(lacking, want)
			}
		}
		if len(lacking) == 0 {
			return
		}
		if rows >= 4_000_000 {
			t.Fatalf("there are no samples of %q in a run over %d rows", lacking, rows)
		}
	}
}

// readProfile reads a profile and checks that every sample has the labels and a
// process, and names for its functions.
func readProfile(t *testing.T, path string, labels map[string]string) *pprof.Profile {
	t.Helper()
	p, err := pprof.ParseData([]byte(read(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	named := func(l *pprof.Location) bool { return len(l.Line) > 0 && l.Line[0].Function.Name != "" }
	if len(p.Sample) > 0 && !slices.ContainsFunc(p.Location, named) {
		t.Errorf("%s has no function with a name", path)
	}
	for _, s := range p.Sample {
		for key, value := range labels {
			if got := strings.Join(s.Label[key], " "); got != value {
				t.Fatalf("%s has a sample with %s %q, want %q", path, key, got, value)
			}
		}
		if len(s.Label["process"]) != 1 {
			t.Fatalf("%s has a sample of process %q", path, s.Label["process"])
		}
		for _, at := range s.Location {
			if len(at.Line) == 0 || at.Line[0].Function.Name == "" {
				t.Fatalf("%s has a sample at %#x that has no name", path, at.Address)
			}
		}
	}
	return p
}

func total(p *pprof.Profile) []int64 {
	sums := make([]int64, len(p.SampleType))
	for _, s := range p.Sample {
		for i, v := range s.Value {
			sums[i] += v
		}
	}
	return sums
}

// The profile of a comparison is that of the counted runs of all ways.
func TestProfileOfAComparison(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no workers on windows")
	}
	dir := t.TempDir()
	args := []string{"compare", "--modes", "sequential,pipe", "--codecs", "raw,json", "--workers", "2", "--trials", "1",
		"--cpuprofile", "c.pprof", "--memprofile", "m.pprof", "--report", "c.json",
		"--derive", heavy[1], "--agg", heavy[3]}
	ways := map[string]bool{}
	sampled(t, dir, []string{"coordinator", "worker 1", "worker 2"}, func(input string) *pprof.Profile {
		weir(t, dir, append(args, input)...)
		p := readProfile(t, filepath.Join(dir, "c.pprof"), nil)
		for _, s := range p.Sample {
			way := s.Label["way"][0]
			ways[way] = true
			if got := strings.Join(append(slices.Clone(s.Label["mode"]), s.Label["codec"]...), "/"); got+" x2" != way && got != way {
				t.Fatalf("a sample of %q is labelled %q", way, got)
			}
		}
		return p
	})
	for _, way := range []string{"sequential", "pipe/raw x2", "pipe/json x2"} {
		if !ways[way] {
			t.Errorf("there are no samples of %s", way)
		}
	}
	readProfile(t, filepath.Join(dir, "m.pprof"), nil)
	var report struct {
		Ways []struct {
			Runs []struct{ Warnings []string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "c.json"))), &report); err != nil {
		t.Fatal(err)
	}
	for _, way := range report.Ways {
		for _, run := range way.Runs {
			if !strings.Contains(strings.Join(run.Warnings, "\n"), "a profile was taken") {
				t.Errorf("warnings are %q", run.Warnings)
			}
		}
	}
}

// What a directory has of an earlier run is replaced, what else it has stays.
func TestProfileReplacesAnEarlierOne(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cpu.pprof", "cpu.worker-7.pprof", "heap.worker-12.pprof", "cpu.worker-7.pprof.txt", "cpu.mine.pprof"} {
		write(t, filepath.Join(dir, "p", name), "before")
	}
	weir(t, dir, "run", "--mode", "sequential", "--timings", "none", "--agg", "count()", "--profile", "p", sample("s.csv"))
	want := []string{"cpu.coordinator.pprof", "cpu.mine.pprof", "cpu.pprof", "cpu.worker-7.pprof.txt", "heap.coordinator.pprof", "heap.pprof"}
	if got := names(t, filepath.Join(dir, "p")); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	readProfile(t, filepath.Join(dir, "p", "cpu.pprof"), nil)
}

// A run that fails leaves no profile, and no directory that it made.
func TestAFailedRunHasNoProfile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "c.pprof"), "before")
	o := invocation{dir: dir}.run(t, "run", "--agg", "max(id // 0)", "--cpuprofile", "c.pprof", "--memprofile", "m.pprof", "--profile", "p", sample("s.csv"))
	if o.code != 3 {
		t.Errorf("exit code %d, %s", o.code, o.err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"c.pprof"}) || read(t, filepath.Join(dir, "c.pprof")) != "before" {
		t.Errorf("there are %q", got)
	}
}
