package htmlreport

import (
	"slices"
	"sort"
)

// palette has the colour of each of categoryNames, and that of the letters on
// it. Dark and light colours take turns, so that neighbours can be told apart by
// lightness alone; the same colours serve on white and on black.
var palette = []swatch{
	{"#5e4b8b", "#ffffff"}, // start-up
	{"#8cc5e8", "#000000"}, // read
	{"#1f6fb2", "#ffffff"}, // decode
	{"#f0bf5a", "#000000"}, // encode
	{"#b8480f", "#ffffff"}, // copy
	{"#f2a58e", "#000000"}, // page faults
	{"#646d78", "#ffffff"}, // wait for input
	{"#bcc3cb", "#000000"}, // wait for memory
	{"#7d7163", "#ffffff"}, // wait for a worker
	{"#57c08f", "#000000"}, // compute
	{"#80650a", "#ffffff"}, // imbalance
	{"#d9b3e0", "#000000"}, // return
	{"#9a3d8a", "#ffffff"}, // merge
	{"#93cfca", "#000000"}, // write
	{"#3f6b6e", "#ffffff"}, // runtime
	{"#d2ccbc", "#000000"}, // unaccounted
}

// spare is the colour of categories that have none of their own.
var spare = swatch{"#757575", "#ffffff"}

type swatch struct{ Fill, Ink string }

// category is a category that the page shows.
type category struct {
	Name, Text string
	swatch
}

// categoriesOf are those that p's ways have spent time in, in the order of
// CategoryNames, others by name after them.
func categoriesOf(p Page) []category {
	used := map[string]bool{}
	for _, w := range p.Ways {
		for _, s := range w.Spent {
			used[s.Category] = used[s.Category] || s.Seconds > 0
		}
		for _, l := range w.Lanes {
			for _, s := range l.Spans {
				used[s.Category] = true
			}
		}
	}
	var shown []category
	for name, in := range used {
		if !in {
			continue
		}
		c := category{Name: name, swatch: spare}
		if i := slices.Index(categoryNames, name); i >= 0 {
			c.swatch = palette[i]
		}
		for _, explained := range p.Categories {
			if explained.Name == name {
				c.Text = explained.Text
			}
		}
		shown = append(shown, c)
	}
	sort.Slice(shown, func(i, j int) bool {
		a, b := place(shown[i].Name), place(shown[j].Name)
		return a < b || a == b && shown[i].Name < shown[j].Name
	})
	return shown
}

func place(name string) int {
	if i := slices.Index(categoryNames, name); i >= 0 {
		return i
	}
	return len(categoryNames)
}
