// Package pagetest loads pages in a real browser: tests of what weir writes as
// HTML look at them there.
package pagetest

import (
	"context"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "directory to keep the browser tests' pictures in")

// StartBrowser starts a Chromium that can reach no network, for the time of the
// test. The test is skipped where there is none.
func StartBrowser(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium in the path: the page is not tested in a browser (on Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancelBrowser)
	// A browser newer than the library sends events that the library does not
	// know. It reports them as errors, which they are not.
	ctx, cancelContext := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser and removes its files
		cancelContext()
	})
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("%s does not start: %v", program, err)
	}
	return ctx
}

// Tab is a page in the browser whose complaints are collected.
type Tab struct {
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

// OpenTab opens an empty tab.
func OpenTab(t *testing.T, browser context.Context) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &Tab{ctx: ctx}
	complain := func(what string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complaints = append(b.complaints, what)
	}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "file" && u.Scheme != "data" {
				complain("network request: " + e.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			complain("exception: " + e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			for _, a := range e.Args {
				complain("console: " + string(a.Value) + a.Description)
			}
		case *log.EventEntryAdded:
			complain("log: " + e.Entry.Text)
		}
	})
	return b
}

// Run does actions and fails the test on anything that the page complains about:
// an error of a script, a line on the console, a request.
func (b *Tab) Run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	actions = append([]chromedp.Action{network.Enable(), log.Enable(), network.SetBlockedURLs([]string{"http://*", "https://*", "ws://*"})}, actions...)
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
	// One more round trip: events come in order.
	if err := chromedp.Run(b.ctx, runtime.Enable()); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		t.Error(c)
	}
}

// State is what a page looks like.
type State struct {
	Charts   map[string]int // shapes drawn, by chart
	Empty    []string       // charts with a shape that has no place
	Overflow float64        // pixels by which the page is too wide
	TooWide  []string       // what sticks out
	Paper    string         // background
}

// Look loads a page into a window of that many pixels, in a colour scheme: light
// or dark.
func (b *Tab) Look(t *testing.T, url string, width int64, scheme string) (s State) {
	t.Helper()
	b.Run(t,
		emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(url),
		chromedp.Evaluate(inspect, &s),
	)
	return s
}

// inspect looks at the drawn page.
const inspect = `(() => {
	const charts = {}, empty = [];
	for (const c of document.querySelectorAll(".chart")) {
		const id = c.id.replace(/-chart$/, "");
		charts[id] = c.querySelectorAll("svg path, svg rect, svg circle, svg line, svg text").length;
		if (/NaN|Infinity|undefined/.test(c.innerHTML)) empty.push(id);
	}
	const width = document.documentElement.clientWidth;
	const outside = [...document.querySelectorAll("body *")].filter((e) =>
		!e.closest(".scroll table") && !e.closest(".skip") && e.getBoundingClientRect().right > width + 1);
	return {Charts: charts, Empty: empty, Overflow: document.documentElement.scrollWidth - width,
		TooWide: outside.slice(0, 5).map((e) => e.tagName + "." + e.getAttribute("class") + " " + e.textContent.slice(0, 40)),
		Paper: getComputedStyle(document.body).backgroundColor};
})()`

// URL is the address of a file.
func URL(t *testing.T, path string) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute)}).String()
}

// Picture keeps a picture of the whole page where -screenshots says.
func (b *Tab) Picture(t *testing.T, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	var picture []byte
	b.Run(t, chromedp.FullScreenshot(&picture, 100))
	Keep(t, name+".png", picture)
}

// Keep keeps a file where -screenshots says.
func Keep(t *testing.T, name string, content []byte) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
}
