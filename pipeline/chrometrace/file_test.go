package chrometrace_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chrometrace"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// file is a written file, read back.
type file struct {
	DisplayTimeUnit string
	OtherData       struct {
		Weir string
		Runs []struct {
			Name, Mode, Digest string
			Wall               float64 `json:"wall_s"`
			Dropped            int     `json:"spans_dropped"`
		}
	}
	TraceEvents []event
}

type event struct {
	Phase    string `json:"ph"`
	Pid, Tid int
	Time     json.Number `json:"ts"`
	Duration json.Number `json:"dur"`
	Cat      string
	Name     string
	ID       int
	Binding  string `json:"bp"`
	Args     map[string]any
}

func (e event) start() time.Duration { return nanoseconds(e.Time) }
func (e event) end() time.Duration   { return e.start() + nanoseconds(e.Duration) }

// nanoseconds is a number of microseconds, exactly.
func nanoseconds(n json.Number) time.Duration {
	if n == "" {
		return 0
	}
	d, err := time.ParseDuration(n.String() + "us")
	if err != nil {
		panic(err)
	}
	return d
}

type track struct{ pid, tid int }

// checked writes runs, reads the file back and checks what holds for all files:
// the rules of the format, and that nothing of the runs is missing.
func checked(t *testing.T, runs ...chrometrace.Run) (f file, text string) {
	t.Helper()
	var out bytes.Buffer
	if err := chrometrace.Write(&out, "1.2.3", runs); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(out.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	if f.DisplayTimeUnit != "ms" || f.OtherData.Weir != "1.2.3" || len(f.OtherData.Runs) != len(runs) {
		t.Errorf("the file says of itself %+v", f.OtherData)
	}
	names := f.trackNames(t)
	slices := f.slices(t, names)
	compareSpans(t, runs, slices, names)
	f.checkFlows(t, slices)
	f.checkCounters(t)
	return f, out.String()
}

// trackNames checks that every track is named and ordered once and no thread
// number stands for two, and returns "process/thread".
func (f file) trackNames(t *testing.T) map[track]string {
	t.Helper()
	once := map[string]bool{}
	processes, threads, names := map[int]string{}, map[track]string{}, map[track]string{}
	for _, e := range f.TraceEvents {
		if e.Phase != "M" {
			continue
		}
		key := fmt.Sprint(e.Name, e.Pid)
		switch e.Name {
		case "process_name":
			processes[e.Pid] = e.Args["name"].(string)
		case "thread_name":
			threads[track{e.Pid, e.Tid}] = e.Args["name"].(string)
			key = fmt.Sprint(e.Name, e.Tid)
		case "thread_sort_index":
			key = fmt.Sprint(e.Name, e.Tid)
			_ = e.Args["sort_index"].(float64)
		case "process_sort_index":
			_ = e.Args["sort_index"].(float64)
		case "process_labels":
			_ = e.Args["labels"].(string)
		default:
			t.Errorf("metadata %q", e.Name)
		}
		if once[key] {
			t.Errorf("%s of process %d, thread %d is there twice", e.Name, e.Pid, e.Tid)
		}
		once[key] = true
	}
	seen := map[string]bool{}
	for at, thread := range threads {
		names[at] = processes[at.pid] + "/" + thread
		if processes[at.pid] == "" || seen[names[at]] {
			t.Errorf("process %d, thread %d is called %q", at.pid, at.tid, names[at])
		}
		seen[names[at]] = true
	}
	for _, e := range f.TraceEvents {
		if names[track{e.Pid, e.Tid}] == "" {
			t.Errorf("an event stands on a track without a name: %+v", e)
		}
	}
	return names
}

// slices are the complete events of each track, in order of time. They have to
// follow each other.
func (f file) slices(t *testing.T, names map[track]string) map[track][]event {
	t.Helper()
	found := map[track][]event{}
	for _, e := range f.TraceEvents {
		if e.Phase == "X" {
			if _, ok := timing.ParseCategory(e.Name); !ok || e.Cat != "work" && e.Cat != "wait" || e.Time == "" || e.Duration == "" {
				t.Errorf("the slice %+v", e)
			}
			found[track{e.Pid, e.Tid}] = append(found[track{e.Pid, e.Tid}], e)
		}
	}
	for at, of := range found {
		slices.SortStableFunc(of, func(a, b event) int { return int(a.start() - b.start()) })
		for i := range of {
			if i > 0 && of[i].start() < of[i-1].end() || of[i].start() < 0 || of[i].end() < of[i].start() {
				t.Errorf("%s: %+v does not follow what is before it", names[at], of[i])
			}
		}
	}
	return found
}

// compareSpans checks that every span of the runs is a slice of its lane, and
// no slice is anything else.
func compareSpans(t *testing.T, runs []chrometrace.Run, found map[track][]event, names map[track]string) {
	t.Helper()
	byName := map[string][]event{}
	for at, of := range found {
		byName[names[at]] = of
	}
	for _, r := range runs {
		for _, l := range r.Trace.Lanes {
			process := "coordinator"
			if l.Role == timing.Worker {
				process = l.Name
			}
			if r.Name != "" {
				process = r.Name + ": " + process
			}
			name := strings.ToValidUTF8(process+"/"+l.Name, "\uFFFD")
			of := byName[name]
			delete(byName, name)
			if len(of) != len(l.Recorded) {
				t.Errorf("%s has %d slices for %d spans", name, len(of), len(l.Recorded))
				continue
			}
			for i, s := range l.Recorded {
				if e := of[i]; e.start() != s.Start || e.end() != s.End || e.Name != s.Category.String() {
					t.Errorf("%s: %+v is the slice of %+v", name, e, s)
				}
				if s.End > r.Trace.Wall {
					t.Errorf("%s: %+v ends after the run, at %v", name, s, r.Trace.Wall)
				}
			}
		}
	}
	if len(byName) > 0 {
		t.Errorf("tracks that no lane has: %v", byName)
	}
}

// checkFlows checks that every arrow has one start and one finish, goes forward
// in time, and meets slices of one chunk only.
func (f file) checkFlows(t *testing.T, found map[track][]event) {
	t.Helper()
	for id, steps := range f.flows() {
		phases, chunk := "", any(nil)
		for i, e := range steps {
			phases += e.Phase
			slice := sliceAt(found[track{e.Pid, e.Tid}], e.start())
			if slice == nil {
				t.Fatalf("arrow %d: there is no slice around %+v", id, e)
			}
			if i > 0 && (e.start() <= steps[i-1].start() || slice.Args["chunk"] != chunk) {
				t.Errorf("arrow %d: from %+v, of chunk %v, to %+v in %+v", id, steps[i-1], chunk, e, slice)
			}
			chunk = slice.Args["chunk"]
			if e.Name != "chunk" || e.Cat != "chunk" || e.Binding != "e" {
				t.Errorf("arrow %d: %+v", id, e)
			}
		}
		if phases != "s"+strings.Repeat("t", max(0, len(steps)-2))+"f" || chunk == nil {
			t.Errorf("arrow %d is %q of chunk %v", id, phases, chunk)
		}
	}
}

// flows are the events of each arrow, in the order of the file.
func (f file) flows() map[int][]event {
	flows := map[int][]event{}
	for _, e := range f.TraceEvents {
		if strings.Contains("stf", e.Phase) {
			flows[e.ID] = append(flows[e.ID], e)
		}
	}
	return flows
}

// sliceAt is the slice in which a moment lies, and not only at its end.
func sliceAt(of []event, at time.Duration) *event {
	for i := range of {
		if of[i].start() <= at && at < of[i].end() {
			return &of[i]
		}
	}
	return nil
}

// checkCounters checks that counters never fall below 0, end at 0 and go on in
// time.
func (f file) checkCounters(t *testing.T) {
	t.Helper()
	last := map[int]event{}
	for _, e := range f.TraceEvents {
		if e.Phase != "C" {
			continue
		}
		if before, ok := last[e.Pid]; ok && e.start() <= before.start() {
			t.Errorf("the counter %+v follows %+v", e, before)
		}
		last[e.Pid] = e
		for name, n := range e.Args {
			if n.(float64) < 0 {
				t.Errorf("%s is %v at %v", name, n, e.Time)
			}
		}
	}
	for _, e := range last {
		if e.Args["waiting for a worker"] != 0.0 || e.Args["with workers"] != 0.0 {
			t.Errorf("the last counter is %+v", e)
		}
	}
}
