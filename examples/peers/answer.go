package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// answer is a table of numbers. Integers that do not fit a float64 come as text
// and lose their last digits, which does not matter for how they are compared.
type answer struct {
	columns []string // of weir's answers alone
	rows    [][]float64
	digest  string // the same
}

// number is a JSON number, or one as a string, or null.
type number float64

func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = number(math.NaN())
		return nil
	}
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s is no number", text)
	}
	*n = number(v)
	return nil
}

func tableOf(rows [][]number) [][]float64 {
	table := make([][]float64, len(rows))
	for i, row := range rows {
		for _, v := range row {
			table[i] = append(table[i], float64(v))
		}
	}
	return table
}

// weirResult reads what weir run --format json --timings json writes. The
// timings are the last thing on standard error.
func weirResult(o *outcome) (*answer, time.Duration, error) {
	var result struct {
		Columns []string
		Rows    [][]number
		Digest  string
	}
	if err := json.Unmarshal(o.stdout, &result); err != nil {
		return nil, 0, fmt.Errorf("the result: %w", err)
	}
	var timings struct {
		WallS float64 `json:"wall_s"`
	}
	lines := bytes.Split(bytes.TrimSpace(o.stderr), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &timings); err != nil {
		return nil, 0, fmt.Errorf("the timings: %w", err)
	}
	if timings.WallS <= 0 || result.Digest == "" {
		return nil, 0, errors.New("weir gave no wall time, or no digest")
	}
	return &answer{result.Columns, tableOf(result.Rows), result.Digest}, seconds(timings.WallS), nil
}

// peerResult reads what a peer's script writes, its last line.
func peerResult(o *outcome) (*answer, time.Duration, error) {
	var result struct {
		Seconds float64
		Rows    [][]number
	}
	lines := bytes.Split(bytes.TrimSpace(o.stdout), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &result); err != nil {
		return nil, 0, fmt.Errorf("the result: %w", err)
	}
	if result.Seconds <= 0 {
		return nil, 0, errors.New("the script gave no time")
	}
	return &answer{rows: tableOf(result.Rows)}, seconds(result.Seconds), nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// tolerance is how far a number may be from weir's, as a part of it.
const tolerance = 1e-9

// difference is a number of a peer that is not weir's.
type difference struct {
	Column string  `json:"column"`
	Weir   float64 `json:"weir"`
	Peer   float64 `json:"peer"`
	Reason string  `json:"reason"` // "" if it is not known
}

func (d difference) String() string {
	if d.Reason == "" {
		return fmt.Sprintf("%s is %v, weir's is %v: WRONG, no reason known", d.Column, d.Peer, d.Weir)
	}
	return d.Column + " " + d.Reason
}

// differences are between an answer and weir's. Only the statistics of a whole
// column can differ for a reason that is known.
func differences(weir, peer *answer, format string) ([]difference, error) {
	if len(weir.rows) != len(peer.rows) {
		return nil, fmt.Errorf("%d rows, weir has %d", len(peer.rows), len(weir.rows))
	}
	var found []difference
	for i, row := range weir.rows {
		if len(row) != len(peer.rows[i]) {
			return nil, fmt.Errorf("%d columns in row %d, weir has %d", len(peer.rows[i]), i+1, len(row))
		}
		for j, want := range row {
			got := peer.rows[i][j]
			if math.Abs(got-want) <= tolerance*math.Abs(want) || math.IsNaN(got) && math.IsNaN(want) || got == want {
				continue
			}
			d := difference{Column: weir.columns[j], Weir: want, Peer: got}
			d.Reason = reason(weir, i, j, got, format)
			if d.Reason != "same float32" {
				found = append(found, d)
			}
		}
	}
	return found, nil
}

// reason tells why got may differ from weir's number in row i and column j, from
// the numbers alone; "" if it cannot.
func reason(weir *answer, i, j int, got float64, format string) string {
	function, argument, _ := strings.Cut(strings.TrimSuffix(weir.columns[j], ")"), "(")
	want := weir.rows[i][j]
	off := math.Abs(got/want - 1)
	single := argument == "f" && format != "csv" // CSV has no float32
	isSingle := single && float64(float32(got)) == got
	switch function {
	case "sum":
		if argument == "id" || argument == "k" || argument == "ts" {
			for _, bits := range []int{32, 64} {
				if wraps := (want - got) / math.Exp2(float64(bits)); wraps != 0 && math.Abs(wraps-math.Round(wraps)) < 1e-12*math.Abs(wraps) && math.Abs(got) <= math.Exp2(float64(bits-1)) {
					return fmt.Sprintf("wraps at %d bits: %v, not %v", bits, got, want)
				}
			}
		}
	case "min", "max":
		if single && float32(got) == float32(want) {
			return "same float32" // printed with more digits
		}
		return ""
	case "mean", "stddev":
	default:
		return ""
	}
	// What rounding can do depends on the numbers that are added, not on their sum.
	scale := math.Max(math.Abs(statistic(weir, i, "min", argument)), math.Abs(statistic(weir, i, "max", argument)))
	if function == "sum" {
		scale *= statistic(weir, i, "count", argument)
	}
	switch away := math.Abs(got - want); {
	case isSingle && away <= 1e-6*scale:
		return fmt.Sprintf("is computed in float32, off by %.1e of its value", off)
	case away <= tolerance*scale:
		return fmt.Sprintf("is off by rounding, by %.1e of its value", off)
	}
	return ""
}

// statistic is function(argument) in row i, NaN if the answer does not have it.
func statistic(a *answer, i int, function, argument string) float64 {
	for j, c := range a.columns {
		if c == function+"("+argument+")" {
			return a.rows[i][j]
		}
	}
	return math.NaN()
}
