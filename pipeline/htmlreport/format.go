package htmlreport

import (
	"fmt"
	"math"
	"strings"
)

// space keeps a unit on the line of its number.
const space = "\u00a0"

// unknown stands where there is no number.
const unknown = "–"

// seconds shows a time with three digits that matter.
func seconds(s float64) string {
	if !finite(s) {
		return unknown
	}
	switch a := math.Abs(s); {
	case s == 0:
		return "0" + space + "s"
	case a < 0.9995e-6:
		return fmt.Sprintf("%.0f", s*1e9) + space + "ns"
	case a < 0.9995e-3:
		return digits(s*1e6) + space + "µs"
	case a < 0.9995:
		return digits(s*1e3) + space + "ms"
	}
	return digits(s) + space + "s"
}

// size shows bytes in the unit that leaves one to three digits before the point.
func size(sizeBytes int64) string {
	v, units := float64(sizeBytes), []string{"B", "KB", "MB", "GB", "TB"}
	for math.Abs(v) >= 999.5 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%.0f", v) + space + "B"
	}
	return digits(v) + space + units[0]
}

func percent(share float64) string {
	if !finite(share) {
		return unknown
	}
	if p := share * 100; p != 0 && math.Abs(p) < 9.95 {
		return fmt.Sprintf("%.1f", p) + space + "%"
	}
	return fmt.Sprintf("%.0f", share*100) + space + "%"
}

func ratio(r float64) string {
	if !finite(r) || r == 0 {
		return unknown
	}
	if math.Abs(r) >= 999.5 {
		return fmt.Sprintf("%.0f", r)
	}
	return digits(r)
}

// count shows a number with its thousands apart.
func count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// interval shows an estimate's interval by how, empty if it has none.
func interval(e Estimate, how func(float64) string) string {
	if e.Low == 0 && e.High == 0 {
		return ""
	}
	low, high := how(e.Low), how(e.High)
	if before, unit, ok := strings.Cut(low, space); ok && strings.HasSuffix(high, space+unit) {
		low = before // 1.2–1.4 s
	}
	return low + "–" + high
}

// digits shows v, which is below 1000 or has no larger unit, with three digits.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case a < 9.995:
		return fmt.Sprintf("%.2f", v)
	case a < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
