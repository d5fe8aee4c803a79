package verdict

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
)

// swept is a comparison of pipe and mmap with 1, 2 and 4 workers, each in so
// many trials; mmap is the faster with more than 2.
func swept(trials int) *compare.Comparison {
	c := &compare.Comparison{Alpha: 0.01, Trials: trials, LeastTrials: 6}
	for mode, walls := range map[pipeline.Mode][]time.Duration{pipeline.Pipe: {10e6, 10e6, 10e6}, pipeline.Mmap: {20e6, 14e6, 5e6}} {
		for i, workers := range []int{1, 2, 4} {
			s := compare.Series{Way: compare.Way{Mode: mode, Workers: workers}}
			for k := range trials {
				s.Samples = append(s.Samples, compare.Sample{Wall: walls[i] + time.Duration(k)})
			}
			s.Reports = make([]pipeline.Report, trials)
			s.Summary.Median = walls[i]
			c.Rows = append(c.Rows, s)
		}
	}
	for i := range c.Rows {
		if c.Rows[i].Median() < c.Rows[c.Fastest].Median() {
			c.Fastest = i
		}
	}
	for i := range c.Rows {
		c.Rows[i].AgainstFastest = c.Against(i, c.Fastest)
	}
	return c
}

func TestCrossovers(t *testing.T) {
	crossovers := func(trials int) (said []string) {
		for _, s := range OfComparison(swept(trials), Evidence{}).Statements {
			if s.Kind == Crossover {
				said = append(said, s.Heading+": "+s.Text)
			}
		}
		return said
	}
	got := strings.Join(crossovers(9), "\n")
	if want := "mmap overtakes pipe with 3 workers: With 2 workers pipe takes 10ms and mmap 14ms; with 4 workers it is 10ms and 5.0ms."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := crossovers(3); got != nil {
		t.Errorf("by too few trials: %q", got)
	}
}

// With too few trials nothing is said of differences; ways that are many are
// counted.
func TestWinner(t *testing.T) {
	if s := OfComparison(swept(3), Evidence{}).Statements[0]; s.Heading != "mmap x4 has the shortest median" || !strings.Contains(s.Text, "at least 6 are needed") {
		t.Errorf("%+v", s)
	}
	if s := OfComparison(swept(9), Evidence{}).Statements[0]; s.Heading != "mmap x4 is the fastest" {
		t.Errorf("%+v", s)
	}
	if got := few(make([]string, 12)); got != "12 other ways" {
		t.Error(got)
	}
}

// Times are seconds in JSON, and what is not known is null or absent.
func TestAdviceAsJSON(t *testing.T) {
	a := Advice{Change: Change{Mode: pipeline.Mmap}, Text: "Use shared memory", Wall: 2 * time.Second, Predicted: time.Second, Measured: &Measured{Wall: 2 * time.Second, Changed: 500 * time.Millisecond}}
	text, err := json.Marshal(&a)
	want := `{"change":{"mode":"mmap"},"text":"Use shared memory","base":{},"measured":{"wall_s":2,"changed_s":0.5,"gain":4,"lo":null,"hi":null},"wall_s":2,"predicted_s":1,"gain":2}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	a.Measured.Lo, a.Measured.Hi = 3, 5
	if text, _ := json.Marshal(a); !strings.Contains(string(text), `"lo":3,"hi":5`) {
		t.Errorf("%s", text)
	}
}
