package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// progress shows how far a run is: a bar on a terminal, which goes away in the
// end, and a line every second elsewhere. The zero value shows nothing.
type progress struct {
	bars *mpb.Progress // a terminal
	bar  *mpb.Bar

	lines *os.File // anything else
	told  time.Time

	began time.Time
	once  sync.Once

	mu   sync.Mutex
	last pipeline.Progress
	next string // compare, gen: what is under way
}

const progressLineEvery = time.Second

// newProgress makes the progress that --progress asks for.
func newProgress(c *cli.Context, s streams) (*progress, error) {
	if err := oneOf(c, "progress", "auto", "on", "off"); err != nil {
		return nil, err
	}
	now := time.Now()
	p := &progress{began: now, told: now}
	switch terminal := term.IsTerminal(int(s.err.Fd())); {
	case c.String("progress") != "off" && terminal:
		p.bars = mpb.New(mpb.WithOutput(s.err), mpb.WithRefreshRate(100*time.Millisecond))
		p.bar = p.bars.New(0, mpb.BarStyle(), mpb.BarWidth(barWidth), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Percentage(decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.text() })),
		)
	case c.String("progress") == "on":
		p.lines = s.err
	}
	return p, nil
}

const barWidth = 24 // columns, so that the text behind it fits 80

// step shows how many of several runs are done, and which one is next.
func (p *progress) step(done, total int, next string) {
	p.mu.Lock()
	p.next = next
	p.mu.Unlock()
	p.show(int64(done), int64(total))
}

// text is what stands behind the bar: rows, rate, time left.
func (p *progress) text() string {
	p.mu.Lock()
	at, next := p.last, p.next
	p.mu.Unlock()
	if next != "" {
		return next
	}
	elapsed := time.Since(p.began)
	text := quantity.Count(at.Rows, "row")
	if s := elapsed.Seconds(); s > 0 {
		text += fmt.Sprintf(", %s rows/s", quantity.Thousands(int64(float64(at.Rows)/s)))
	}
	if at.BytesDone > 0 && at.BytesDone < at.BytesTotal {
		left := time.Duration(float64(elapsed) * float64(at.BytesTotal-at.BytesDone) / float64(at.BytesDone))
		text += ", " + quantity.Duration(left) + " left"
	}
	return text
}

// update takes how far a run is.
func (p *progress) update(at pipeline.Progress) {
	p.mu.Lock()
	p.last = at
	p.mu.Unlock()
	p.show(min(at.BytesDone, at.BytesTotal), max(at.BytesTotal, 1))
}

func (p *progress) show(done, total int64) {
	switch {
	case p.bar != nil:
		p.bar.SetTotal(total, false)
		p.bar.SetCurrent(done)
	case p.lines != nil && time.Since(p.told) >= progressLineEvery:
		p.tell(done, total)
	}
}

func (p *progress) tell(done, total int64) {
	p.told = time.Now()
	fmt.Fprintf(p.lines, "%d %%: %s\n", 100*done/max(total, 1), p.text())
}

// close takes the bar off the screen, or says where the run has ended. It may be
// called more than once.
func (p *progress) close() {
	p.once.Do(func() {
		if p.lines != nil && p.last.BytesTotal > 0 {
			p.tell(p.last.BytesDone, p.last.BytesTotal)
		}
		if p.bar != nil {
			p.bar.Abort(true)
			p.bars.Wait()
		}
	})
}
