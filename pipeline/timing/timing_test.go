package timing

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestSpansAddUpToTheLifetime(t *testing.T) {
	began := time.Now()
	l := NewLaneSince("lane", Thread, Start, began.Add(-time.Second)) // a process that began before it could measure
	for _, c := range []Category{Read, Decode, Unaccounted, Compute, Decode} {
		l.Switch(c)
		time.Sleep(2 * time.Millisecond)
	}
	l.End()
	s := l.Spans()
	var sum time.Duration
	for _, d := range s.Spent {
		sum += d
	}
	if sum != s.Lifetime {
		t.Errorf("spans are %v, the lifetime %v", sum, s.Lifetime)
	}
	if s.Spent[Start] < time.Second || s.Lifetime < time.Second+10*time.Millisecond {
		t.Errorf("start is %v of %v: what was before NewLane is missing", s.Spent[Start], s.Lifetime)
	}
	if s.Spent[Decode] < 4*time.Millisecond || s.Spent[Unaccounted] < 2*time.Millisecond {
		t.Errorf("decode is %v in two spans, unaccounted %v", s.Spent[Decode], s.Spent[Unaccounted])
	}
}

func TestSwitchSaysWhatWas(t *testing.T) {
	l := NewLane("lane", Thread, Wait)
	if was := l.Switch(Copy); was != Wait {
		t.Errorf("the lane was in %v, want wait", was)
	}
	if was := l.Switch(Wait); was != Copy {
		t.Errorf("the lane was in %v, want copy", was)
	}
}

func TestEndingTwiceAddsNothing(t *testing.T) {
	l := NewLane("lane", Thread, Compute)
	l.End()
	before := l.Spans()
	time.Sleep(time.Millisecond)
	l.End()
	if after := l.Spans(); !reflect.DeepEqual(after, before) {
		t.Errorf("%v after the second end, %v before", after, before)
	}
}

func TestCloseMakesTheRestUnaccounted(t *testing.T) {
	var s Spans
	s.Spent[Compute], s.Spent[Wait] = 3*time.Second, time.Second
	s.Close(5 * time.Second)
	if s.Spent[Unaccounted] != time.Second || s.Lifetime != 5*time.Second {
		t.Errorf("unaccounted %v of %v", s.Spent[Unaccounted], s.Lifetime)
	}
}

func TestNamesReadBack(t *testing.T) {
	for _, c := range append(Categories(), Unaccounted) {
		if got, ok := ParseCategory(c.String()); !ok || got != c {
			t.Errorf("%v reads back as %v, %v", c, got, ok)
		}
	}
	if _, ok := ParseCategory("nothing"); ok {
		t.Error("nothing is a category")
	}
}

func TestALaneTellsItsCategory(t *testing.T) {
	var told []Category
	l := NewLane("lane", Thread, Start)
	l.OnSwitch(func(c Category) { told = append(told, c) })
	l.Switch(Decode)
	l.Switch(Wait)
	l.End()
	l.OnSwitch(nil)
	if want := []Category{Start, Decode, Wait, Unaccounted}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
