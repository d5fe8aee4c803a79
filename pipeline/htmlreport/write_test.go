package htmlreport_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/htmlreport"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestSectionsWithoutDataAreLeftOut(t *testing.T) {
	all := []string{"verdict", "ways", "cores", "timeline", "latency", "scaling", "chunk-size", "bytes", "kernel", "environment", "data"}
	for _, tt := range []struct {
		name string
		page htmlreport.Page
		want []string
	}{
		{"nothing", htmlreport.Page{}, nil},
		{"everything", samplePage(), all},
		{"a finding", htmlreport.Page{Findings: []htmlreport.Finding{{Heading: "One"}}}, []string{"verdict"}},
		{"a way", htmlreport.Page{Ways: []htmlreport.Way{{Name: "threads"}}}, []string{"ways"}},
		{"time by category", htmlreport.Page{Ways: []htmlreport.Way{{Spent: []htmlreport.Spent{{Category: "read", Seconds: 1}}}}}, []string{"ways", "cores"}},
		{"no time in any category", htmlreport.Page{Ways: []htmlreport.Way{{Spent: []htmlreport.Spent{{Category: "read"}}}}}, []string{"ways"}},
		{"curves without points", htmlreport.Page{Scaling: []htmlreport.Curve{{Name: "mmap"}}}, nil},
		{"data", htmlreport.Page{Data: 1, Environment: []htmlreport.Fact{{Key: "CPU", Value: "two"}}}, []string{"environment", "data"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := html(t, tt.page)
			for _, id := range all {
				want := strings.Contains(" "+strings.Join(tt.want, " ")+" ", " "+id+" ")
				if got := strings.Contains(text, `<section id="`+id+`"`); got != want {
					t.Errorf("section %s on the page: %v, want %v", id, got, want)
				}
				want = want && len(tt.want) > 1
				if got := strings.Contains(text, `href="#`+id+`"`); got != want {
					t.Errorf("section %s in the navigation: %v, want %v", id, got, want)
				}
			}
		})
	}
}

func TestFindingsComeFirstAndInOrder(t *testing.T) {
	text := words(t, samplePage())
	last := 0
	for _, want := range []string{
		"Results equal bit for bit in all 36 runs.",
		`<section id="verdict"`, "threads is the fastest", "pipe/raw spends 29 % of its wall time on copying", "86 ms, 29 % of the wall time",
		"Convert the input to Arrow", "4.10 times as fast, 162 ms saved", "3.87 times as fast (3.71–4.02), 159 ms saved", "weir run --where &#39;k &lt; 5&#39;",
		"Below 3,100 rows a chunk", `<section id="ways"`,
	} {
		i := strings.Index(text[last:], want)
		if i < 0 {
			t.Fatalf("no %q after what should stand before it", want)
		}
		last += i
	}
}

func TestTablesSayWhatChartsShow(t *testing.T) {
	text := words(t, samplePage())
	for _, want := range []string{
		`<th scope="row">threads</th><td>215 ms<small>211–221 ms</small></td><td>1.00<small>0.97–1.03</small></td><td class="word">fastest</td><td>9</td>`,
		`<caption>Core-seconds of each way by category</caption>`,
		`<caption>Lanes of mmap</caption>`,
		`<th scope="col">Parallel efficiency</th>`,
		`<th scope="row">16,384</th>`,
		`<li>threads beat sequential from 3,100 rows</li>`,
		`<th scope="row">pipe/raw</th><td>300 MB</td><td>120 MB<small>copied</small></td><td>48.0 KB<small>copied</small></td>`,
	} {
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", "")), " "), want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// hostile is what a file name or an expression may hold.
const hostile = "</script><script>window.broken=1</script><img src=x onerror='broken=1'>\"'`<!--\u2028\u2029]]>{{.}}<b>"

func hostilePage() htmlreport.Page {
	e := htmlreport.Estimate{Value: 1, Low: 0.9, High: 1.1}
	curve := []htmlreport.Curve{{Name: hostile, Points: []htmlreport.Point{{X: 1, Wall: e}, {X: 2, Wall: e}}, Crossovers: []htmlreport.Mark{{X: 1, Wall: 1, Label: hostile}}}}
	way := htmlreport.Way{
		Name: hostile, Wall: e, Samples: []float64{1, 1.1}, Verdict: hostile,
		Spent:     []htmlreport.Spent{{Category: hostile, Seconds: 1}},
		Lanes:     []htmlreport.Lane{{Name: hostile, Spans: []htmlreport.Span{{Category: hostile, Chunk: hostile, Duration: 1}}}},
		Latencies: []float64{1, 2},
		Stages:    []htmlreport.StageBytes{{Stage: hostile, Bytes: 1}},
	}
	return htmlreport.Page{
		Title: hostile, Summary: hostile, Command: hostile, Digest: hostile, Warnings: []string{hostile},
		Findings:   []htmlreport.Finding{{Kind: hostile, Heading: hostile, Text: hostile, Command: hostile, Parts: []htmlreport.Part{{Share: 1, Text: hostile}}}},
		Ways:       []htmlreport.Way{way, way},
		Categories: []htmlreport.Category{{Name: hostile, Text: hostile}},
		Scaling:    curve, ChunkSize: curve,
		Environment: []htmlreport.Fact{{Key: hostile, Value: hostile}},
		Notes:       []htmlreport.SectionNote{{Section: htmlreport.WaysSection, Text: hostile}},
		Data:        json.RawMessage(`{"name":` + quoted(hostile) + `}`),
	}
}

// quoted is a JSON string that escapes no more than it must.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func TestTextsAreEscapedEverywhere(t *testing.T) {
	plain, hostiles := html(t, samplePage()), html(t, hostilePage())
	for _, what := range []string{"<script", "</script", "<img", "<b>", "<!--"} {
		// The library and the samples' own markup have some of them as well.
		if got, want := strings.Count(hostiles, what), strings.Count(plain, what); got != want {
			t.Errorf("%d of %s, want %d as on any page", got, what, want)
		}
	}
	for _, r := range []string{"\u2028", "\u2029"} {
		for _, id := range []string{"report-data", "chart-data"} {
			if strings.Contains(embedded(t, hostiles, id), r) {
				t.Errorf("element %s holds %U, which ends a line of JavaScript", id, []rune(r)[0])
			}
		}
	}
	var saved struct{ Name string }
	if err := json.Unmarshal([]byte(embedded(t, hostiles, "report-data")), &saved); err != nil || saved.Name != hostile {
		t.Errorf("the data came back as %q, %v; want %q", saved.Name, err, hostile)
	}
}

func TestChartDataAreAsBefore(t *testing.T) {
	p := samplePage()
	for i := range p.Ways {
		p.Ways[i].Lanes = sampleLanes(newRandom(), 3, 6, p.Ways[i].Wall.Value, i)
		p.Ways[i].Latencies = p.Ways[i].Latencies[:7]
	}
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(embedded(t, html(t, p), "chart-data")), "", " "); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "charts.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("the charts' data differ from %s; look at the difference after go test -update", golden)
	}
}

// sparsePages have holes where numbers or names may be missing.
func sparsePages() map[string]htmlreport.Page {
	nan := math.NaN()
	return map[string]htmlreport.Page{
		"empty":   {},
		"one way": {Ways: []htmlreport.Way{{Name: "threads", Samples: []float64{0.1}, Wall: htmlreport.Estimate{Value: 0.1}}}},
		"no numbers": {
			Ways: []htmlreport.Way{{Name: "a", Samples: []float64{nan, math.Inf(1)}, Wall: htmlreport.Estimate{Value: nan, Low: nan, High: nan},
				Ratio: htmlreport.Estimate{Value: math.Inf(1)}, Efficiency: &htmlreport.Efficiency{Parallel: nan},
				Spent: []htmlreport.Spent{{Category: "read", Seconds: nan}}, Latencies: []float64{nan}}, {}},
			Scaling: []htmlreport.Curve{{Points: []htmlreport.Point{{X: 1, Wall: htmlreport.Estimate{Value: nan}}}}},
		},
		"one point": {
			Ways:    []htmlreport.Way{{Latencies: []float64{0.5}, Lanes: []htmlreport.Lane{{Spans: []htmlreport.Span{{Category: "new", Duration: 1e-9}}}, {}}}},
			Scaling: []htmlreport.Curve{{Points: []htmlreport.Point{{X: 2, Wall: htmlreport.Estimate{Value: 0.1}}}}},
		},
		"zeros": {
			Ways: []htmlreport.Way{{Latencies: []float64{0, 0}, Samples: []float64{0, 0}, Spent: []htmlreport.Spent{{Category: "read", Seconds: 1e-12}}},
				{Lanes: []htmlreport.Lane{{Spans: []htmlreport.Span{{}, {Start: -1, Duration: -1}, {Start: nan}}}}}},
			ChunkSize: []htmlreport.Curve{{Points: []htmlreport.Point{{}, {X: 1}}}},
		},
	}
}

func TestSparsePagesAreWritten(t *testing.T) {
	for name, p := range sparsePages() {
		t.Run(name, func(t *testing.T) {
			if text := html(t, p); strings.Contains(text[:strings.Index(text, "</main>")], "NaN") {
				t.Error("the page shows NaN")
			}
		})
	}
}

func TestDataThatIsNoJSONIsAnError(t *testing.T) {
	var out bytes.Buffer
	err := htmlreport.Write(&out, htmlreport.Page{Data: math.NaN()})
	if err == nil || !strings.Contains(err.Error(), "data to save") || out.Len() > 0 {
		t.Errorf("wrote %d bytes, error %v; want an error that names the data, and nothing written", out.Len(), err)
	}
}

func TestAFailingWriterIsAnError(t *testing.T) {
	full := errors.New("no space left")
	if err := htmlreport.Write(failingWriter{full}, samplePage()); !errors.Is(err, full) {
		t.Errorf("error %v, want one that wraps %v", err, full)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestPageNamesNothingOutsideButTheDefinitionOfEfficiencies(t *testing.T) {
	text := html(t, samplePage())
	for _, tag := range regexp.MustCompile(`<(a|link|script|img|iframe)\b[^>]*\b(href|src)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if u := tag[3]; !strings.HasPrefix(u, "#") && u != "data:," && u != "https://pop-coe.eu/node/69" {
			t.Errorf("the page refers to %s", u)
		}
	}
	if n := len(text); n > 700_000 {
		t.Errorf("the sample page is %d bytes, want at most 700,000", n)
	}
}

func TestLibraryIsAsPublished(t *testing.T) {
	dir := filepath.Join("assets", "vendor")
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(sums)), "\n") {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s is not the published file; see assets/update.sh", name)
		}
		if strings.Contains(strings.ToLower(string(text)), "</script") || strings.Contains(string(text), "*/\n") {
			t.Errorf("%s would end the element that it stands in", name)
		}
	}
}

func TestPackageImportsTheStandardLibraryOnly(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			if strings.Contains(spec.Path.Value, ".") {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
	}
}

// words is the page with ordinary spaces, which tests are easier to read with.
func words(t *testing.T, p htmlreport.Page) string {
	t.Helper()
	return strings.ReplaceAll(html(t, p), "\u00a0", " ")
}

func html(t *testing.T, p htmlreport.Page) string {
	t.Helper()
	var out strings.Builder
	if err := htmlreport.Write(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// embedded is the content of a script element.
func embedded(t *testing.T, text, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, fmt.Sprintf(`<script type="application/json" id="%s">`, id))
	content, _, closed := strings.Cut(rest, "</script>")
	if !ok || !closed {
		t.Fatalf("the page has no element %s", id)
	}
	return content
}

func newRandom() *rand.Rand { return rand.New(rand.NewSource(2)) }
