package reportpage_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/environment"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/reportpage"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What the page of a comparison says is in testdata/comparison.json, numbers
// rounded to six digits.
func TestComparisonPage(t *testing.T) {
	page, err := reportpage.OfComparison(comparison(), statements(), about())
	if err != nil {
		t.Fatal(err)
	}
	page.Data = nil
	golden(t, "comparison.json", page)
}

func TestRunPage(t *testing.T) {
	r := pipeRun()
	resident := 0.5
	a := about()
	a.Command, a.Environment, a.Resident = []string{"weir", "run", "x.csv"}, environment.Environment{Cores: 2, GOMAXPROCS: 1, CPU: "Some CPU", CgroupCPUs: 1.5, CgroupBytes: 4e9, LoadAverage: 1.5, Go: "go1.23", Weir: "v1"}, &resident
	page, err := reportpage.OfRun(&r, statements(), a)
	if err != nil {
		t.Fatal(err)
	}
	page.Data = nil
	golden(t, "run.json", page)
}

// A page can be made of a run without a trace, and of hardly anything.
func TestSparsePages(t *testing.T) {
	r := pipeRun()
	r.Trace, r.Account = nil, nil
	plain, err := reportpage.OfRun(&r, nil, reportpage.About{})
	if err != nil {
		t.Fatal(err)
	}
	c := &compare.Comparison{Trials: 1, Rows: []compare.Series{{Way: compare.Way{Mode: pipeline.Threads}, Samples: []compare.Sample{{Wall: 1}}, Reports: []pipeline.Report{{}}}}}
	least, err := reportpage.OfComparison(c, nil, reportpage.About{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []htmlreport.Page{plain, least} {
		var out bytes.Buffer
		if err := htmlreport.Write(&out, p); err != nil {
			t.Error(err)
		}
		if len(p.Ways) != 1 || p.Ways[0].Lanes != nil || p.Ways[0].Efficiency != nil || len(p.Findings) > 0 {
			t.Errorf("the page says more than is known: %+v", p.Ways)
		}
	}
}

// The data are the JSON of the report, with the verdict as one more member.
func TestData(t *testing.T) {
	r := pipeRun()
	for name, v := range map[string]*verdict.Verdict{"with a verdict": statements(), "without": nil} {
		text, err := reportpage.Data(&r, v)
		if err != nil {
			t.Fatal(err)
		}
		var got, want map[string]json.RawMessage
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		plain, _ := json.Marshal(r)
		json.Unmarshal(plain, &want)
		if v != nil {
			want["verdict"], _ = json.Marshal(v)
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d members, want %d", name, len(got), len(want))
		}
		for k := range want {
			if !bytes.Equal(got[k], want[k]) {
				t.Errorf("%s: %s is %s, want %s", name, k, got[k], want[k])
			}
		}
	}
	empty, err := reportpage.Data(object("{}"), statements())
	if err != nil || !json.Valid(empty) {
		t.Errorf("an empty object: %s, %v", empty, err)
	}
	if text, err := reportpage.Data(object("[]"), statements()); err == nil {
		t.Errorf("a list: %s", text)
	}
}

type object string

func (o object) MarshalJSON() ([]byte, error) { return []byte(o), nil }

func TestShellLine(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"/usr/bin/weir", "run", "/data/x.csv"}, "weir run /data/x.csv"},
		{[]string{"weir", "--agg", "sum(x*x) as s", "a b.csv", ""}, "weir --agg 'sum(x*x) as s' 'a b.csv' ''"},
		{[]string{"weir", "name == 'Ann'"}, `weir 'name == '\''Ann'\'''`},
		{[]string{"weir", "größe", "$HOME", "a;b"}, `weir 'größe' '$HOME' 'a;b'`},
	} {
		if got := reportpage.ShellLine(tt.words); got != tt.want {
			t.Errorf("%q gives %s, want %s", tt.words, got, tt.want)
		}
	}
}

func about() reportpage.About {
	return reportpage.About{
		Job:    pipeline.Job{Inputs: []string{"/data/x.csv", "-"}, Aggregate: "sum(x)", By: "k", Where: "x > 1", Derive: []string{"y = x"}},
		Advise: func(a *verdict.Advice) [][]string { return [][]string{{"weir", "run", "--agg", "sum(x)", "x.csv"}} },
	}
}

// statements has one of each kind.
func statements() *verdict.Verdict {
	return &verdict.Verdict{Statements: []verdict.Statement{
		{Kind: verdict.Winner, Way: "sequential", Heading: "sequential is the fastest", Text: "It takes 10ms."},
		{Kind: verdict.Gap, Way: "pipe/raw", Heading: "pipe/raw takes 10ms longer", Text: "Mostly because of starting.",
			Causes: []verdict.Found{{Cause: verdict.StartUp, Share: 0.4, SavedSeconds: 0.008}, {Cause: verdict.Copying, Share: 0.1, SavedSeconds: 0.002}}},
		{Kind: verdict.Problem, Way: "sequential", Heading: "Slow input: 30 %", Text: "It does not keep up.", Causes: []verdict.Found{{Cause: verdict.SlowInput, Share: 0.3, SavedSeconds: 0.003}}},
		{Kind: verdict.Problem, Way: "sequential", Heading: "No problem found", Text: "Nothing slows it down."},
		{Kind: verdict.Crossover, Heading: "mmap overtakes pipe/raw with 2 workers", Text: "Elsewhere it is the slower."},
		{Kind: verdict.Advised, Heading: "Use threads", Text: "Predicted: 5ms instead of 10ms.",
			Advice: &verdict.Advice{Wall: 10e6, Predicted: 5e6, Measured: &verdict.Measured{Wall: 10e6, Changed: 8e6, Lo: 1.1, Hi: 1.4}}},
		{Kind: verdict.Remark, Heading: "The replay is off", Text: "By 20 %."},
	}}
}

// comparison is of sequential and pipe, each with two sizes of chunks, of which
// pipe is the faster for large ones.
func comparison() *compare.Comparison {
	c := &compare.Comparison{
		Digest: "d1", Trials: 3, Stop: compare.StopTrials, Alpha: 0.01, LeastTrials: 6, Seed: 7, Cache: compare.Warm,
		Began:       time.Date(2025, 3, 4, 15, 6, 7, 0, time.UTC),
		Environment: environment.Environment{OS: "linux", Arch: "amd64", Cores: 2, GOMAXPROCS: 2, Memory: 16e9, Kernel: "Linux 6.18", Go: "go1.23", Weir: "v1"},
		Command:     []string{"/bin/weir", "compare", "--agg", "sum(x)", "x.csv"},
	}
	for _, row := range []struct {
		way   compare.Way
		run   pipeline.Report
		walls [3]time.Duration
		lo    time.Duration // 0: no interval
	}{
		{compare.Way{Mode: pipeline.Sequential, ChunkRows: 100}, sequentialRun(), [3]time.Duration{10e6, 11e6, 9e6}, 9e6},
		{compare.Way{Mode: pipeline.Sequential, ChunkRows: 10000}, sequentialRun(), [3]time.Duration{10e6, 11e6, 9e6}, 0},
		{compare.Way{Mode: pipeline.Pipe, Codec: "raw", ChunkRows: 100}, pipeRun(), [3]time.Duration{20e6, 21e6, 22e6}, 0},
		{compare.Way{Mode: pipeline.Pipe, Codec: "raw", ChunkRows: 10000}, pipeRun(), [3]time.Duration{5e6, 5e6, 5e6}, 0},
	} {
		s := compare.Series{Way: row.way}
		for i, wall := range row.walls {
			run := row.run
			if i > 0 {
				run.Trace, run.Account = nil, nil
			}
			s.Samples = append(s.Samples, compare.Sample{Round: i + 1, Wall: wall, Resident: 0.9})
			s.Reports = append(s.Reports, run)
		}
		s.Summary = compare.Summary{Median: row.walls[0]}
		if row.lo > 0 {
			s.Summary.Lo, s.Summary.Hi, s.Summary.Confidence = row.lo, 2*row.walls[0]-row.lo, 0.96
		}
		s.AgainstFastest = compare.Against{Ratio: row.walls[0].Seconds() / 0.005, Lo: 1.1, Hi: 3, Confidence: 0.99, P: 0.001, Different: true}
		c.Rows = append(c.Rows, s)
	}
	c.Fastest = 3
	c.Rows[3].AgainstFastest = compare.Against{Ratio: 1, Lo: 1, Hi: 1, Confidence: 1, P: 1}
	c.Rows[2].AgainstFastest = compare.Against{Ratio: 4, P: 0.1}
	return c
}

// sequentialRun reads and computes two chunks of one split, and merges.
func sequentialRun() pipeline.Report {
	r := pipeline.Report{
		Mode: pipeline.Sequential, Workers: 1, ChunkRows: 100, Chunks: 2, Splits: 1, Rows: 150, Wall: 10 * ms, Digest: "d1", Cores: 1, PeakRSSBytes: 1e6,
		Bytes: pipeline.Bytes{Read: 1000, InPlace: 1200}, Warnings: []string{"a warning"},
	}
	r.Trace = &timing.Trace{
		Wall: 10 * ms, Begins: []time.Duration{0}, Chunks: []timing.Chunk{{Rows: 100, SizeBytes: 800}, {Index: 1, Rows: 50, SizeBytes: 400}},
		Lanes: []timing.Spans{lane("coordinator", timing.Coordinator, 1,
			span(0, 1, timing.Start, none), span(1, 2, timing.Start, 0), span(2, 3, timing.Read, 0), span(3, 4, timing.Compute, 0),
			span(4, 5, timing.Decode, 1), span(5, 7, timing.Compute, 1), span(7, 8, timing.Decode, 2), span(8, 10, timing.Merge, none))},
	}
	r.Charge(account.FaultCosts{})
	return r
}

// pipeRun hands two chunks over to one worker, which waits for input, and at the
// end for others.
func pipeRun() pipeline.Report {
	r := pipeline.Report{
		Mode: pipeline.Pipe, Codec: "raw", Workers: 1, Readers: 1, ChunkRows: 100, Chunks: 2, Splits: 1, PrunedSplits: 3, Rows: 150, Wall: 20 * ms, Digest: "d1", Cores: 2, PeakRSSBytes: 3e6,
		Began: time.Date(2025, 3, 4, 15, 6, 7, 0, time.UTC), Reason: "there are two splits", ArenaBytes: 2000, ArenaLimit: 1 << 20,
		Bytes: pipeline.Bytes{Read: 1000, Decoded: 1200, HandedOver: 1200, Copied: 1300, Returned: 64, Written: 10},
		Usage: pipeline.Spending{MinorFaults: 12, MajorFaults: 1, VoluntarySwitches: 30, InvoluntarySwitches: 4},
	}
	r.Trace = &timing.Trace{
		Wall: 20 * ms, Begins: []time.Duration{0, 2 * ms, 2 * ms, 0, 2 * ms},
		Chunks: []timing.Chunk{{Rows: 100, SizeBytes: 800, Leased: true}, {Index: 1, Rows: 50, SizeBytes: 400, Leased: true}},
		Lanes: []timing.Spans{
			lane("coordinator", timing.Coordinator, 1, span(0, 2, timing.Start, none), span(2, 19, timing.Wait, none), span(19, 20, timing.Merge, none)),
			lane("receiver of worker 1", timing.Receiver, 1, span(2, 16, timing.Wait, none), span(16, 17, timing.Return, none), span(17, 18, timing.WaitTurn, none)),
			lane("feeder of worker 1", timing.Feeder, 1, span(2, 5, timing.Wait, none), span(5, 6, timing.WaitWorker, 0), span(6, 7, timing.Encode, 0), span(7, 8, timing.Copy, 0), span(9, 10, timing.Copy, 1)),
			lane("worker 1", timing.Worker, 4242, span(0, 4, timing.Start, none), span(4, 7, timing.Wait, none), span(7, 8, timing.Copy, 0),
				span(8, 11, timing.Compute, 0), span(11, 13, timing.Compute, 1), span(13, 15, timing.Wait, 1), span(15, 16, timing.Return, none)),
			lane("reader 1", timing.Reader, 1, span(2, 3, timing.Start, 0), span(3, 4, timing.WaitMemory, 0), span(4, 5, timing.Decode, 0),
				span(5, 6, timing.Read, 1), span(6, 8, timing.Decode, 1), span(8, 9, timing.WaitWorker, 1), span(9, 10, timing.Decode, 2)),
		},
	}
	r.Charge(account.FaultCosts{})
	return r
}

const (
	ms   = time.Millisecond
	none = -1
)

// span is of a chunk of split 0, or of none.
func span(start, end int, c timing.Category, chunk int) timing.Span {
	s := timing.Span{Start: time.Duration(start) * ms, End: time.Duration(end) * ms, Category: c, Index: int32(chunk)}
	if chunk == none {
		s.Split, s.Index = -1, 0
	}
	return s
}

func lane(name string, role timing.Role, pid int, spans ...timing.Span) timing.Spans {
	l := timing.Spans{Name: name, Role: role, Pid: pid, Recorded: spans}
	for _, s := range spans {
		l.Spent[s.Category] += s.End - s.Start
		l.Lifetime += s.End - s.Start
	}
	return l
}

func golden(t *testing.T, name string, page htmlreport.Page) {
	t.Helper()
	plain, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(plain, &tree); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	out := json.NewEncoder(&got)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	if err := out.Encode(rounded(tree)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the page differs from %s; look at the difference after go test -update", path)
	}
}

// rounded has six digits of every number: processors may differ in the last.
func rounded(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) {
			return v
		}
		short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
		return short
	case []any:
		for i := range v {
			v[i] = rounded(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = rounded(v[k])
		}
	}
	return v
}
