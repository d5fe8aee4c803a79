package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for _, c := range []struct{ wrote, names, want string }{
		{"prize", "price carat cut", "price"},
		{"dealy", "delay distance", "delay"}, // swapped neighbours
		{"Price", "price", "price"},
		{"summ", "sum mean min max", "sum"},
		{"agg", "aggregate by", "aggregate"},
		{"aggregat", "agg by", "agg"},
		{"q", "x y z", ""}, // all letters would differ
		{"ab", "cd", ""},
		{"temperature", "humidity", ""},
		{"ünïcode", "unicode ünicode", "ünicode"},
		{"same", "same", ""},
		{"price", "prise value", "prise"},
		{"price", "Price prices", "Price"},
		{"flights", "fligths", "fligths"},
		{"delay", "weather_delay dela", "dela"},
		{"qty", "quantity", ""},
		{"", "abc", ""},
	} {
		if got := Nearest(c.wrote, strings.Fields(c.names)); got != c.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", c.wrote, c.names, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := Distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance([]rune(c.b), []rune(c.a)); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
