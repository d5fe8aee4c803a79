package htmlreport_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/htmlreport/pagetest"
)

// TestInABrowser loads pages from files, as readers do.
func TestInABrowser(t *testing.T) {
	browser := pagetest.StartBrowser(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, context.Context)
	}{
		{"draws all charts without a sideways scroll", drawsEverywhere},
		{"prints light and whole", prints},
		{"the timeline shows the chosen way and the span under the pointer", showsTimelines},
		{"twenty thousand spans stay usable", staysSmall},
		{"hostile texts stay text", staysText},
		{"reads without JavaScript", readsWithoutScript},
		{"sparse pages load without errors", loadsSparse},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, browser) })
	}
}

func drawsEverywhere(t *testing.T, browser context.Context) {
	file := writePage(t, samplePage())
	for _, tt := range []struct {
		name   string
		width  int64
		scheme string
		paper  string // background
	}{
		{"wide-light", 1280, "light", "rgb(255, 255, 255)"},
		{"wide-dark", 1280, "dark", "rgb(20, 23, 27)"},
		{"phone-light", 390, "light", "rgb(255, 255, 255)"},
		{"phone-dark", 390, "dark", "rgb(20, 23, 27)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := pagetest.OpenTab(t, browser)
			state := tab.Look(t, file, tt.width, tt.scheme)
			tab.Picture(t, tt.name)
			for _, id := range []string{"walls", "cores", "timeline", "latency", "scaling", "chunk-size"} {
				if state.Charts[id] < 5 {
					t.Errorf("chart %s has %d shapes, want some", id, state.Charts[id])
				}
			}
			if len(state.Empty) > 0 {
				t.Errorf("charts with shapes that have no place: %v", state.Empty)
			}
			if state.Overflow > 0 {
				t.Errorf("the page is %v pixels wider than its window, because of %v", state.Overflow, state.TooWide)
			}
			if state.Paper != tt.paper {
				t.Errorf("background %s, want %s", state.Paper, tt.paper)
			}
		})
	}
}

func prints(t *testing.T, browser context.Context) {
	tab := pagetest.OpenTab(t, browser)
	var state struct {
		Paper  string
		Widest float64
	}
	var pdf []byte
	tab.Run(t,
		emulation.SetEmulatedMedia().WithMedia("print").WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
		chromedp.Navigate(writePage(t, samplePage())),
		chromedp.Evaluate(`dispatchEvent(new Event("beforeprint")); ({
			Paper: getComputedStyle(document.body).backgroundColor,
			Widest: Math.max(...[...document.querySelectorAll(".chart svg")].map((s) => s.width.baseVal.value))})`, &state),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(false).Do(ctx)
			return err
		}),
	)
	pagetest.Keep(t, "print.pdf", pdf)
	if state.Paper != "rgb(255, 255, 255)" {
		t.Errorf("printed on %s, want white", state.Paper)
	}
	if state.Widest > 690 {
		t.Errorf("a chart is %v pixels wide, which paper is not", state.Widest)
	}
	if !strings.HasPrefix(string(pdf), "%PDF-") {
		t.Error("no PDF was printed")
	}
}

func showsTimelines(t *testing.T, browser context.Context) {
	tab := pagetest.OpenTab(t, browser)
	var order, first, second, tooltip string
	tab.Run(t,
		emulation.SetDeviceMetricsOverride(1280, 900, 1, false),
		chromedp.Navigate(writePage(t, samplePage())),
		chromedp.Evaluate(`[...document.querySelectorAll("#timeline-way option")].map((o) => o.textContent).join(" ")`, &order),
		chromedp.TextContent("#timeline-shown", &first),
		chromedp.Evaluate(`(() => {
			const svg = document.querySelector("#timeline-chart svg"), box = svg.getBoundingClientRect();
			svg.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + box.width / 2, clientY: box.top + 25}));
			return document.querySelector("#timeline-chart .tooltip").textContent;
		})()`, &tooltip),
		chromedp.Evaluate(`(() => {
			const choice = document.getElementById("timeline-way");
			choice.value = "1";
			choice.dispatchEvent(new Event("change"));
		})()`, nil),
		chromedp.TextContent("#timeline-shown", &second),
	)
	if order != "threads sequential mmap pipe/raw" {
		t.Errorf("ways in the order %q, want the fastest and the slowest first", order)
	}
	if first != "threads" || second != "sequential" {
		t.Errorf("shown at first %q, after a choice %q; want threads, then sequential", first, second)
	}
	for _, want := range []string{"reader 1", "from ", ", for "} {
		if !strings.Contains(tooltip, want) {
			t.Errorf("tooltip %q has no %q", tooltip, want)
		}
	}
}

func staysSmall(t *testing.T, browser context.Context) {
	p := samplePage()
	lanes := sampleLanes(newRandom(), 4, 5000, 3, 4)
	p.Ways = []htmlreport.Way{{Name: "mmap", Wall: htmlreport.Estimate{Value: 3}, Lanes: lanes}}
	tab := pagetest.OpenTab(t, browser)
	var elements, bytes int
	tab.Run(t,
		chromedp.Navigate(writePage(t, p)),
		chromedp.Evaluate(`document.querySelectorAll("#timeline-chart svg *").length`, &elements),
		chromedp.Evaluate(`document.getElementById("chart-data").textContent.length`, &bytes),
	)
	if elements < 20 || elements > 500 {
		t.Errorf("the timeline has %d elements, want some, and far fewer than spans", elements)
	}
	if bytes > 200_000 {
		t.Errorf("the charts' data are %d bytes, want at most 200,000", bytes)
	}
}

func staysText(t *testing.T, browser context.Context) {
	tab := pagetest.OpenTab(t, browser)
	var state struct {
		Broken bool
		Saved  string
		Names  string
	}
	tab.Run(t,
		chromedp.Navigate(writePage(t, hostilePage())),
		chromedp.Evaluate(`({Broken: !!window.broken || document.querySelectorAll("img, b").length > 0,
			Saved: JSON.parse(document.getElementById("report-data").textContent).name,
			Names: document.getElementById("walls-chart").textContent})`, &state),
	)
	if state.Broken {
		t.Error("a text of the report ran as a script or became an element")
	}
	if state.Saved != hostile {
		t.Errorf("the saved data say %q, want %q", state.Saved, hostile)
	}
	if !strings.Contains(state.Names, "</script>") {
		t.Errorf("the chart of walls names the ways %q", state.Names)
	}
}

func readsWithoutScript(t *testing.T, browser context.Context) {
	tab := pagetest.OpenTab(t, browser)
	var text string
	tab.Run(t,
		emulation.SetScriptExecutionDisabled(true),
		chromedp.Navigate(writePage(t, samplePage())),
		chromedp.ActionFunc(func(ctx context.Context) error {
			return chromedp.Text("body", &text, chromedp.ByQuery).Do(ctx)
		}),
	)
	tab.Picture(t, "no-script")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	for _, want := range []string{"threads is the fastest: 215 ms", "Convert the input to Arrow", "pipe/raw", "215 ms", "Minor faults"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page without JavaScript does not say %q", want)
		}
	}
	if strings.Contains(text, "Save the data") {
		t.Error("the page without JavaScript has a button that cannot work")
	}
}

func loadsSparse(t *testing.T, browser context.Context) {
	for name, p := range sparsePages() {
		t.Run(name, func(t *testing.T) {
			tab := pagetest.OpenTab(t, browser)
			var broken []string
			tab.Run(t,
				chromedp.Navigate(writePage(t, p)),
				chromedp.Evaluate(`[...document.querySelectorAll(".chart")].filter((c) => !c.querySelector("svg") || /NaN|Infinity|undefined/.test(c.innerHTML)).map((c) => c.id)`, &broken),
			)
			if len(broken) > 0 {
				t.Errorf("charts not drawn: %v", broken)
			}
		})
	}
}

func writePage(t *testing.T, p htmlreport.Page) (fileURL string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(html(t, p)), 0o644); err != nil {
		t.Fatal(err)
	}
	return pagetest.URL(t, path)
}
