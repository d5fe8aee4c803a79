package main

import (
	"encoding/json"
	"fmt"
	"math/big"
)

// tolerance is how far apart answers may be, relative to weir's: the sums of the
// peers are not exact.
const tolerance = 1e-9

// differences says where a peer's answer is not weir's.
func differences(w way, t task, weir, peer [][]json.Number) []string {
	if len(weir) != len(peer) {
		return []string{fmt.Sprintf("%s: %s has %d rows, weir has %d", t.name, w.name, len(peer), len(weir))}
	}
	var all []string
	for r := range weir {
		if len(weir[r]) != len(peer[r]) {
			return []string{fmt.Sprintf("%s: %s has %d columns, weir has %d", t.name, w.name, len(peer[r]), len(weir[r]))}
		}
		for c := range weir[r] {
			if !near(weir[r][c], peer[r][c]) {
				all = append(all, fmt.Sprintf("%s: row %d, column %d%s: %s has %s, weir has %s", t.name, r+1, c+1, t.column(c), w.name, peer[r][c], weir[r][c]))
			}
		}
	}
	return all
}

// column names a column of T2, whose answer has many.
func (t task) column(c int) string {
	if t.name != "T2" {
		return ""
	}
	return fmt.Sprintf(" (%s of %s)", [...]string{"count", "sum", "mean", "stddev", "min", "max"}[c%6], columns[c/6])
}

// near compares numbers of any length, and what is no number by its text.
func near(a, b json.Number) bool {
	x, _, errX := big.ParseFloat(a.String(), 10, 256, big.ToNearestEven)
	y, _, errY := big.ParseFloat(b.String(), 10, 256, big.ToNearestEven)
	if errX != nil || errY != nil {
		return a == b
	}
	gap := new(big.Float).Sub(x, y)
	limit := new(big.Float).Mul(x, big.NewFloat(tolerance))
	return gap.Abs(gap).Cmp(limit.Abs(limit)) <= 0
}
