package htmlreport

import (
	"math"
	"slices"
	"sort"
)

// A timeline is drawn about lanePixels wide. Where a page has many lanes, which
// may have thousands of spans each, they share pagePixels, so that the page stays
// small; but none has less than leastPixels.
const (
	lanePixels  = 1000
	leastPixels = 250
	pagePixels  = 32000
)

// timeline is a way's lanes as charts take them. Times are whole ticks of
// tickSeconds, so that thousands of spans stay short as JSON.
type timeline struct {
	Way         int            `json:"way"`
	TickSeconds number         `json:"tick"`
	Ticks       int64          `json:"end"`
	Chunks      []string       `json:"chunks"`
	Lanes       []timelineLane `json:"lanes"`

	merged     int     // spans that stand together with others
	resolution float64 // seconds; shorter spans were merged
}

// timelineLane has, for each rectangle, five numbers: ticks since the end of the
// one before, ticks it lasts, category, chunk (-1: none), and how many spans it
// stands for.
type timelineLane struct {
	Name  string  `json:"name"`
	Spans []int64 `json:"spans"`
}

// timelineOf merges what would be less than a pixel wide, on a page that has
// pageLanes in all. It reports false where there is nothing to draw.
func timelineOf(way int, lanes []Lane, categories []category, pageLanes int) (timeline, bool) {
	var end float64
	for _, l := range lanes {
		for _, s := range l.Spans {
			if drawable(s) {
				end = max(end, s.Start+s.Duration)
			}
		}
	}
	if end <= 0 {
		return timeline{}, false
	}
	perLane := min(lanePixels, max(leastPixels, pagePixels/pageLanes))
	t := timeline{Way: way, Chunks: []string{}, resolution: end / float64(perLane)}
	t.TickSeconds = number(math.Pow(10, math.Floor(math.Log10(t.resolution/50))))
	t.Ticks = t.ticks(end)
	chunks := map[string]int64{"": -1}
	for _, l := range lanes {
		row, last := timelineLane{Name: l.Name, Spans: []int64{}}, int64(0)
		for _, b := range merge(l.Spans, t.resolution) {
			chunk, known := chunks[b.Chunk]
			if !known {
				chunk = int64(len(t.Chunks))
				chunks[b.Chunk] = chunk
				t.Chunks = append(t.Chunks, b.Chunk)
			}
			kind := slices.IndexFunc(categories, func(c category) bool { return c.Name == b.Category })
			from, to := max(t.ticks(b.Start), last), t.ticks(b.Start+b.Duration)
			to = max(to, from)
			row.Spans = append(row.Spans, from-last, to-from, int64(kind), chunk, int64(b.spans))
			last = to
			if b.spans > 1 {
				t.merged += b.spans
			}
		}
		t.Lanes = append(t.Lanes, row)
	}
	return t, true
}

func (t timeline) ticks(seconds float64) int64 {
	return int64(math.Round(seconds / float64(t.TickSeconds)))
}

// block is one span, or several that follow each other too closely to be seen.
type block struct {
	Span
	spans int
}

// merge puts runs of spans shorter than resolution together until they are that
// long. Such a block has the category that most of its time went to, and no
// chunk unless all its spans have the same. At most about twice as many blocks
// are left as the resolution fits into the time.
func merge(spans []Span, resolution float64) []block {
	ordered := slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return !drawable(s) })
	sort.SliceStable(ordered, func(i, j int) bool { return ordered[i].Start < ordered[j].Start })
	var blocks []block
	var run []Span
	flush := func() {
		if len(run) > 0 {
			blocks = append(blocks, blockOf(run))
			run = run[:0]
		}
	}
	for _, s := range ordered {
		if n := len(run); n > 0 && s.Start-(run[n-1].Start+run[n-1].Duration) >= resolution {
			flush()
		}
		if s.Duration >= resolution {
			flush()
			blocks = append(blocks, block{s, 1})
			continue
		}
		run = append(run, s)
		if s.Start+s.Duration-run[0].Start >= resolution {
			flush()
		}
	}
	flush()
	return blocks
}

func blockOf(run []Span) block {
	b := block{run[0], len(run)}
	last := run[len(run)-1]
	b.Duration = last.Start + last.Duration - b.Start
	spent := map[string]float64{}
	for _, s := range run {
		spent[s.Category] += s.Duration
		if spent[s.Category] > spent[b.Category] {
			b.Category = s.Category
		}
		if s.Chunk != b.Chunk {
			b.Chunk = ""
		}
	}
	return b
}

func drawable(s Span) bool {
	return finite(s.Start) && finite(s.Duration) && s.Start >= 0 && s.Duration > 0
}
