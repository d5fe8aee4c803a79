package htmlreport

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

func TestNeighbouringCategoriesDifferInLightness(t *testing.T) {
	if len(palette) != len(categoryNames) {
		t.Fatalf("%d colours for %d categories", len(palette), len(categoryNames))
	}
	for i := 1; i < len(palette); i++ {
		a, b := lightness(t, palette[i-1].Fill), lightness(t, palette[i].Fill)
		if math.Abs(a-b) < 20 {
			t.Errorf("%s has lightness %.0f, %s beside it %.0f; want them 20 apart", categoryNames[i-1], a, categoryNames[i], b)
		}
	}
}

func TestLettersOnColoursAreLegible(t *testing.T) {
	for i, s := range append(slices.Clone(palette), spare) {
		a, b := luminance(t, s.Fill)+0.05, luminance(t, s.Ink)+0.05
		if contrast := max(a, b) / min(a, b); contrast < 4.5 {
			t.Errorf("colour %d, %s on %s: contrast %.1f, want 4.5 (WCAG 2, level AA)", i, s.Ink, s.Fill, contrast)
		}
	}
}

func TestCategoriesComeInTheirOrderAndOthersAfterThem(t *testing.T) {
	p := Page{Ways: []Way{
		{Spent: []Spent{{"write", 1}, {"zebra", 1}, {"read", 1}, {"copy", 0}}},
		{Spent: []Spent{{"ape", 1}}, Lanes: []Lane{{Spans: []Span{{Category: "start-up", Duration: 1}}}}},
	}}
	var got []string
	for _, c := range categoriesOf(p) {
		got = append(got, c.Name)
	}
	if want := []string{"start-up", "read", "write", "ape", "zebra"}; !slices.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
}

// lightness is L* of CIE 1976, 0 for black and 100 for white.
func lightness(t *testing.T, colour string) float64 {
	return 116*math.Cbrt(luminance(t, colour)) - 16 // All colours are lighter than where the curve is a line.
}

// luminance is the relative luminance of an sRGB colour like #1f6fb2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var y float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		y += weight * c
	}
	return y
}
