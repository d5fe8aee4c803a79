// Package quantity writes durations, sizes and counts the way that tables and
// sentences show them: with the digits that matter and a unit.
package quantity

import (
	"fmt"
	"time"
)

// Duration shows d with two to three digits that matter.
func Duration(d time.Duration) string {
	switch a := d.Abs(); {
	case a >= 100*time.Second:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case a >= 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case a >= time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case a >= 10*time.Millisecond:
		return fmt.Sprintf("%.0fms", d.Seconds()*1e3)
	case a >= time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.0fµs", d.Seconds()*1e6)
}

// Bytes shows a size in the unit, a power of 1000, that leaves one to three
// digits before the point.
func Bytes(sizeBytes int64) string {
	v, units := float64(sizeBytes), []string{"B", "KB", "MB", "GB", "TB"}
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if units[0] == "B" || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, units[0])
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}

// Count shows n things: "1 row", "2,000 rows".
func Count(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Thousands(n) + " " + noun
}

// Thousands shows n in groups of three digits.
func Thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Percent shows a part of a whole: "3 %", "0.4 %".
func Percent(part float64) string {
	if p := part * 100; p < 0.95 && p > 0.05 {
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", part*100)
}
