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
)

// progress is the bar on standard error. A nil bar shows nothing.
type progress struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	began time.Time
	once  sync.Once

	mu   sync.Mutex
	last pipeline.Progress
	next string // compare: the run under way
}

// newProgress makes the bar that --progress asks for.
func newProgress(c *cli.Context, s streams) (*progress, error) {
	if err := oneOf(c, "progress", "auto", "on", "off"); err != nil {
		return nil, err
	}
	when := c.String("progress")
	terminal := term.IsTerminal(int(s.err.Fd()))
	if when == "off" || when == "auto" && !terminal {
		return &progress{}, nil
	}
	return showProgress(s.err, terminal), nil
}

func showProgress(w *os.File, terminal bool) *progress {
	p := &progress{began: time.Now()}
	options := []mpb.ContainerOption{mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(100 * time.Millisecond)}
	if !terminal {
		options = append(options, mpb.WithAutoRefresh()) // asked for with --progress on
	}
	p.bars = mpb.New(options...)
	p.bar = p.bars.New(0, mpb.BarStyle(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Percentage(decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.text() })),
	)
	return p
}

// step shows how many of several runs are done, and which one is next.
func (p *progress) step(done, total int, next string) {
	if p.bar == nil {
		return
	}
	p.mu.Lock()
	p.next = fmt.Sprintf("run %d of %d: %s", done+1, total, next)
	p.mu.Unlock()
	p.bar.SetTotal(int64(total), false)
	p.bar.SetCurrent(int64(done))
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
	text := counted(at.Rows, "row")
	if s := elapsed.Seconds(); s > 0 {
		text += fmt.Sprintf(", %s rows/s", thousands(int64(float64(at.Rows)/s)))
	}
	if at.BytesDone > 0 && at.BytesDone < at.BytesTotal {
		left := time.Duration(float64(elapsed) * float64(at.BytesTotal-at.BytesDone) / float64(at.BytesDone))
		text += ", " + seconds(left) + " left"
	}
	return text
}

// update moves the bar.
func (p *progress) update(at pipeline.Progress) {
	if p.bar == nil {
		return
	}
	p.mu.Lock()
	p.last = at
	p.mu.Unlock()
	p.bar.SetTotal(max(at.BytesTotal, 1), false)
	p.bar.SetCurrent(min(at.BytesDone, at.BytesTotal))
}

// close takes the bar off the screen. It may be called more than once.
func (p *progress) close() {
	if p.bar == nil {
		return
	}
	p.once.Do(func() {
		p.bar.Abort(true)
		p.bars.Wait()
	})
}
