package main

import (
	"encoding/json"
	"fmt"
	"html"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/htmlreport/pagetest"
)

// The page of a comparison of a real table draws all its charts in a browser.
func TestComparisonInABrowser(t *testing.T) {
	browser := pagetest.StartBrowser(t)
	dir := t.TempDir()
	weir(t, dir, "gen", "--rows", "60000", "table.csv")
	weir(t, dir, "compare", "--trials", "2", "--workers", "1,2", "--chunk-rows", "500,5000", "--agg", "sum(x*x), mean(price)", "--by", "k", "--report", "c.html", "table.csv")
	file := pagetest.URL(t, filepath.Join(dir, "c.html"))
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprint(width, " ", scheme), func(t *testing.T) {
				tab := pagetest.OpenTab(t, browser)
				state := tab.Look(t, file, width, scheme)
				tab.Picture(t, fmt.Sprintf("compare-%d-%s", width, scheme))
				checkState(t, state, "walls", "cores", "timeline", "latency", "scaling", "chunk-size")
				text := pageText(t, tab)
				for _, want := range []string{
					"14 ways compared on table.csv", "sum(x*x), mean(price) by k. 60,000 rows.", "weir compare --trials 2", "--agg 'sum(x*x), mean(price)'",
					"Results equal bit for bit in all 28 runs", "2 trials of each way cannot tell differences from chance",
					"Verdict", "pipe/raw x2 @500", "Parallel efficiency", "hand-over", "Minor faults", "Page cache",
				} {
					if !strings.Contains(text, want) {
						t.Errorf("the page does not say %q", want)
					}
				}
			})
		}
	}
}

// The page of a run has what the run's mode has.
func TestRunPages(t *testing.T) {
	browser := pagetest.StartBrowser(t)
	dir := t.TempDir()
	for mode, want := range map[string][]string{
		"sequential": {"sequential on s.csv", "coordinator"},
		"threads":    {"threads x2 on s.csv", "thread 2"},
		"pipe":       {"pipe/raw x2 on s.csv", "receiver of worker 2", "copied", "worker 1 (pid "},
		"mmap":       {"mmap x2 on s.csv", "feeder of worker 1", "shared", "wait for input"},
	} {
		t.Run(mode, func(t *testing.T) {
			name := mode + ".html"
			weir(t, dir, "run", "--mode", mode, "--workers", "2", "--chunk-rows", "100", "--agg", "sum(x)", "--report", name, sample("s.csv"))
			tab := pagetest.OpenTab(t, browser)
			checkState(t, tab.Look(t, pagetest.URL(t, filepath.Join(dir, name)), 1280, "light"), "cores", "timeline", "latency")
			text := pageText(t, tab)
			for _, want := range append(want, "5,000 rows in ", "of at most 100 rows", "Verdict", "Serialisation", "start-up") {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
		})
	}
}

func checkState(t *testing.T, s pagetest.State, charts ...string) {
	t.Helper()
	for _, id := range charts {
		if s.Charts[id] < 5 {
			t.Errorf("chart %s has %d shapes, want some", id, s.Charts[id])
		}
	}
	if len(s.Empty) > 0 || s.Overflow > 0 {
		t.Errorf("charts with shapes that have no place: %v; %v pixels too wide, because of %v", s.Empty, s.Overflow, s.TooWide)
	}
}

// pageText is what a page says, closed parts too.
func pageText(t *testing.T, tab *pagetest.Tab) (text string) {
	t.Helper()
	tab.Run(t, chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => d.open = true); document.body.innerText`, &text))
	return strings.ReplaceAll(text, "\u00a0", " ")
}

// The JSON of a recorded run and of a comparison has the account of every run,
// whose parts add up to the cores' time, and a verdict in seconds.
func TestReportsHaveAccountAndVerdict(t *testing.T) {
	type report struct {
		Wall    float64 `json:"wall_s"`
		Account *struct {
			Cores int                `json:"cores"`
			Total float64            `json:"core_s"`
			Spent map[string]float64 `json:"spent_s"`
		}
		Bytes struct{ Stages []struct{ Stage string } }
	}
	type verdict struct {
		Statements []struct {
			Kind, Heading, Text string
			Advice              *struct {
				Wall      float64 `json:"wall_s"`
				Predicted float64 `json:"predicted_s"`
				Gain      float64
			}
		}
	}
	check := func(t *testing.T, r report) {
		t.Helper()
		if r.Account == nil {
			t.Fatal("a run has no account")
		}
		var sum float64
		for name, s := range r.Account.Spent {
			if !slices.ContainsFunc(account.Causes(), func(c account.Cause) bool { return c.String() == name }) {
				t.Errorf("time was spent on %q", name)
			}
			sum += s
		}
		if total := float64(r.Account.Cores) * r.Wall; sum < 0.999*total || sum > 1.001*total {
			t.Errorf("%v s by cause, %d cores for %v s", sum, r.Account.Cores, r.Wall)
		}
		if len(r.Bytes.Stages) != 5 {
			t.Errorf("bytes by stage are %v", r.Bytes.Stages)
		}
	}
	dir := t.TempDir()
	var run struct {
		report
		Verdict verdict
	}
	weir(t, dir, "run", "--mode", "threads", "--agg", "sum(x)", "--report", "r.json", sample("s.csv"))
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "r.json"))), &run); err != nil {
		t.Fatal(err)
	}
	check(t, run.report)
	if len(run.Verdict.Statements) == 0 {
		t.Error("the run has no verdict")
	}

	var compared struct {
		Ways    []struct{ Runs []report }
		Verdict verdict
	}
	weir(t, dir, "gen", "--rows", "60000", "table.csv")
	o := weir(t, dir, "compare", "--trials", "2", "--modes", "pipe", "--codecs", "json", "--agg", "sum(x)", "--format", "json", "table.csv")
	if err := json.Unmarshal([]byte(o.out), &compared); err != nil {
		t.Fatal(err)
	}
	for _, w := range compared.Ways {
		for _, r := range w.Runs {
			check(t, r)
		}
	}
	advised := 0
	for _, s := range compared.Verdict.Statements {
		if s.Heading == "" || s.Text == "" || s.Kind == "" {
			t.Errorf("a statement says %+v", s)
		}
		if a := s.Advice; a != nil {
			advised++
			if a.Wall <= 0 || a.Wall > 60 || a.Predicted <= 0 || a.Predicted >= a.Wall || a.Gain < 1 {
				t.Errorf("the advice has %+v", a)
			}
		}
	}
	if advised == 0 {
		t.Error("nothing is advised, though most of the time is reading JSON")
	}
}

// What an advice says to type works, and gives the same result.
func TestAdviceCanBeTyped(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	dir := t.TempDir()
	weir(t, dir, "gen", "--rows", "400000", "table.csv")
	o := weir(t, dir, "run", "--mode", "sequential", "--types", "k=string", "--where", "k != '3'", "--agg", "sum(x), count()", "--by", "k", "--format", "csv", "--report", "r.html", "table.csv")
	page := read(t, filepath.Join(dir, "r.html"))
	advised := regexp.MustCompile(`(?s)Decode the input once to an Arrow file</h3>.*?<pre class="command"><code>(.*?)</code>`).FindStringSubmatch(page)
	if advised == nil {
		t.Fatal("the page does not say what to type")
	}
	c := exec.Command(bash, "-ec", "PATH="+filepath.Dir(program)+":$PATH\n"+html.UnescapeString(advised[1]))
	c.Dir = dir
	again := finish(t, c)
	if again.code != 0 || again.out != o.out {
		t.Errorf("%s\nexit code %d\n%s%s\nwant\n%s", html.UnescapeString(advised[1]), again.code, again.out, again.err, o.out)
	}
}

// A run that was recorded says where its core time went, another does not.
func TestTimingsOfRecordedRuns(t *testing.T) {
	dir := t.TempDir()
	job := []string{"run", "--mode", "threads", "--workers", "1", "--agg", "sum(x)", sample("s.csv")}
	line := regexp.MustCompile(`(?m)^core time \S+, 1 core for \S+: start-up \S+, .*$`)
	if o := weir(t, dir, append(job, "--report", "r.json")...); !line.MatchString(o.err) {
		t.Errorf("a recorded run writes\n%s", o.err)
	}
	if o := weir(t, dir, job...); strings.Contains(o.err, "core time") {
		t.Errorf("a plain run writes\n%s", o.err)
	}
}
