package timing

import (
	"bytes"
	"testing"
	"time"
)

func TestSpansReadBack(t *testing.T) {
	l := NewLane("lane", Worker, Start)
	l.Record(100)
	for i := range 3 {
		l.On(0, i)
		l.Switch(Compute)
		time.Sleep(time.Millisecond)
		l.On(-1, 0)
		l.Switch(Wait)
		time.Sleep(time.Millisecond)
	}
	l.End()
	s := l.Spans()
	got, err := DecodeSpans(AppendSpans(nil, s.Recorded), s.Lifetime)
	if err != nil || len(got) < 6 {
		t.Fatalf("%d spans, %v", len(got), err)
	}
	var sum [categories]time.Duration
	for i, span := range got {
		if span != s.Recorded[i] {
			t.Errorf("span %d is %+v, was %+v", i, span, s.Recorded[i])
		}
		if (span.Category == Compute) != (span.Split == 0) {
			t.Errorf("span %+v is on the wrong chunk", span)
		}
		sum[span.Category] += span.End - span.Start
	}
	if sum != s.Spent {
		t.Errorf("the spans sum to %v, the lane spent %v", sum, s.Spent)
	}
}

func TestSpansBeyondTheLimitAreCounted(t *testing.T) {
	l := NewLane("lane", Thread, Start)
	l.Record(2)
	for range 5 {
		time.Sleep(10 * time.Microsecond)
		l.Switch(Compute)
		time.Sleep(10 * time.Microsecond)
		l.Switch(Wait)
	}
	l.End()
	if s := l.Spans(); len(s.Recorded) != 2 || s.Dropped < 8 {
		t.Errorf("%d spans kept, %d dropped", len(s.Recorded), s.Dropped)
	}
}

func FuzzDecodeSpans(f *testing.F) {
	f.Add(AppendSpans(nil, []Span{{End: 5, Category: Start, Split: -1}, {Start: 5, End: 9, Category: Compute}}))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		spans, err := DecodeSpans(encoded, time.Second)
		if err != nil {
			return
		}
		var last time.Duration
		for _, s := range spans {
			if s.Start < last || s.End < s.Start || s.End > time.Second || s.Category >= categories {
				t.Fatalf("%+v after %v", s, last)
			}
			last = s.End
		}
		if again := AppendSpans(nil, spans); len(again) != len(encoded) || !bytes.Equal(again[:min(24, len(again))], encoded[:min(24, len(encoded))]) {
			t.Fatalf("%x came back as %x", encoded, again)
		}
	})
}
