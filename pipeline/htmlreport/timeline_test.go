package htmlreport

import (
	"fmt"
	"math"
	"math/rand"
	"testing"
)

func TestMergePutsShortNeighboursTogether(t *testing.T) {
	long := Span{Category: "decode", Chunk: "0/1", Start: 0, Duration: 10}
	for _, tt := range []struct {
		name  string
		spans []Span
		want  []string
	}{
		{"nothing", nil, nil},
		{"long spans stay", []Span{long, {Category: "copy", Start: 10, Duration: 1}}, []string{"decode 0/1 0+10 x1", "copy  10+1 x1"}},
		{"a short one between long ones stays", []Span{long, {Category: "read", Start: 10, Duration: 0.25}, {Category: "decode", Start: 10.25, Duration: 2}},
			[]string{"decode 0/1 0+10 x1", "read  10+0.25 x1", "decode  10.25+2 x1"}},
		{"short ones take the category of most of their time", []Span{
			{Category: "read", Chunk: "1/1", Start: 0, Duration: 0.25}, {Category: "decode", Chunk: "1/2", Start: 0.25, Duration: 0.5}},
			[]string{"decode  0+0.75 x2"}},
		{"and the chunk that all have", []Span{
			{Category: "read", Chunk: "1/1", Start: 0, Duration: 0.25}, {Category: "read", Chunk: "1/1", Start: 0.25, Duration: 0.25}},
			[]string{"read 1/1 0+0.5 x2"}},
		{"until they are a pixel", []Span{
			{Category: "a", Start: 0, Duration: 0.75}, {Category: "a", Start: 0.75, Duration: 0.75}, {Category: "a", Start: 1.5, Duration: 0.75}},
			[]string{"a  0+1.5 x2", "a  1.5+0.75 x1"}},
		{"not over a gap", []Span{{Category: "a", Start: 0, Duration: 0.25}, {Category: "a", Start: 5, Duration: 0.25}},
			[]string{"a  0+0.25 x1", "a  5+0.25 x1"}},
		{"in order of time", []Span{{Category: "b", Start: 2, Duration: 1}, {Category: "a", Start: 0, Duration: 1}},
			[]string{"a  0+1 x1", "b  2+1 x1"}},
		{"without what cannot be drawn", []Span{{Category: "a"}, {Category: "a", Start: -1, Duration: 1}, {Category: "a", Start: math.NaN(), Duration: 1},
			{Category: "a", Start: 1, Duration: math.Inf(1)}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, b := range merge(tt.spans, 1) {
				got = append(got, fmt.Sprintf("%s %s %v+%v x%d", b.Category, b.Chunk, b.Start, b.Duration, b.spans))
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTimelineKeepsAllSpansInFewRectangles(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for _, lanes := range []int{1, 5, 64} {
		t.Run(fmt.Sprint(lanes, " lanes"), func(t *testing.T) {
			var all []Lane
			spans, end := 0, 0.0
			for range lanes {
				var l Lane
				at := 0.0
				for range 4000 {
					s := Span{Category: categoryNames[r.Intn(len(categoryNames))], Start: at, Duration: r.ExpFloat64() * 1e-4}
					l.Spans = append(l.Spans, s)
					at += s.Duration
				}
				spans, end = spans+len(l.Spans), max(end, at)
				all = append(all, l)
			}
			tl, ok := timelineOf(0, all, categoriesOf(Page{Ways: []Way{{Lanes: all}}}), lanes)
			if !ok {
				t.Fatal("nothing to draw")
			}
			rectangles, stoodFor := 0, 0
			for _, l := range tl.Lanes {
				at, before := int64(0), int64(0)
				for i := 0; i < len(l.Spans); i += 5 {
					rectangles++
					stoodFor += int(l.Spans[i+4])
					at += l.Spans[i] + l.Spans[i+1]
					if l.Spans[i] < 0 || l.Spans[i+1] < 0 || at < before {
						t.Fatalf("rectangle %v goes back in time", l.Spans[i:i+5])
					}
					before = at
				}
				if at > tl.Ticks {
					t.Errorf("a lane ends at tick %d, after the end %d", at, tl.Ticks)
				}
			}
			if stoodFor != spans {
				t.Errorf("the rectangles stand for %d spans, want %d", stoodFor, spans)
			}
			if most := lanes * (2*int(end/tl.resolution+0.5) + 1); rectangles > most {
				t.Errorf("%d rectangles, want at most %d", rectangles, most)
			}
			if drawn := float64(tl.Ticks) * float64(tl.TickSeconds); math.Abs(drawn-end) > tl.resolution {
				t.Errorf("the timeline ends after %v s, the last lane after %v s", drawn, end)
			}
		})
	}
}
