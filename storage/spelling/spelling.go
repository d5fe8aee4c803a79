// Package spelling finds the name that somebody meant who wrote another, for
// messages that offer it.
package spelling

import "strings"

// Nearest is the name that a misspelt one most likely meant, or "" if none is
// like it. A third of the letters may differ, one in a short name, but never
// all; upper and lower case do not count. A name that begins as the other does,
// for three letters or more, is like it.
func Nearest(wrote string, names []string) string {
	w := []rune(strings.ToLower(wrote))
	best, least := "", min(max(1, len(w)/3)+1, len(w))
	for _, name := range names {
		if name == wrote {
			continue
		}
		n := []rune(strings.ToLower(name))
		if abs(len(n)-len(w)) > max(least, 3) && !begins(n, w) {
			continue
		}
		d := Distance(w, n)
		if begins(n, w) {
			d = min(d, 1)
		}
		if d < least {
			best, least = name, d
		}
	}
	return best
}

// DidYouMean is the end of a message that offers the nearest name, or "".
func DidYouMean(wrote string, names []string) string {
	if near := Nearest(wrote, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// begins tells whether one of the two is the beginning of the other, and long
// enough to mean something.
func begins(a, b []rune) bool {
	n := min(len(a), len(b))
	return n >= 3 && string(a[:n]) == string(b[:n])
}

func abs(n int) int { return max(n, -n) }

// longest is the length from which on a guess is not worth its time.
const longest = 64

// Distance counts the insertions, removals, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func Distance(a, b []rune) int {
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
