package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestResultsAreRead(t *testing.T) {
	weir := &outcome{
		stdout: []byte(`{"columns": ["count(ts)","sum(ts)","max(f)"], "rows": [[3,17000000000000000000000,null]], "digest": "ab"}`),
		stderr: []byte("level=WARN msg=\"something\"\n{\"mode\":\"threads\",\"wall_s\":0.25}\n"),
	}
	a, inside, err := weirResult(weir)
	if err != nil {
		t.Fatal(err)
	}
	if inside != 250*time.Millisecond || a.digest != "ab" || strings.Join(a.columns, " ") != "count(ts) sum(ts) max(f)" ||
		a.rows[0][0] != 3 || a.rows[0][1] != 1.7e22 || !math.IsNaN(a.rows[0][2]) {
		t.Errorf("%v, %+v", inside, a)
	}
	peer := &outcome{stdout: []byte("a warning\n" + `{"seconds": 1.5, "rows": [["3", 1e3, null], ["-170141183460469231731687303715884105728", "NaN", "Infinity"]]}` + "\n")}
	a, inside, err = peerResult(peer)
	if err != nil {
		t.Fatal(err)
	}
	if inside != 1500*time.Millisecond || a.rows[0][0] != 3 || a.rows[0][1] != 1000 || !math.IsNaN(a.rows[0][2]) ||
		a.rows[1][0] != -math.Exp2(127) || !math.IsNaN(a.rows[1][1]) || !math.IsInf(a.rows[1][2], 1) {
		t.Errorf("%v, %+v", inside, a)
	}
}

func TestResultsThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		read func(*outcome) (*answer, time.Duration, error)
		o    outcome
		want string
	}{
		"no result of weir":     {weirResult, outcome{stdout: []byte("nothing"), stderr: []byte(`{"wall_s": 1}`)}, "the result: "},
		"no timings":            {weirResult, outcome{stdout: []byte(`{"digest": "a"}`), stderr: []byte("a warning")}, "the timings: "},
		"no wall time":          {weirResult, outcome{stdout: []byte(`{"digest": "a"}`), stderr: []byte("{}")}, "weir gave no wall time"},
		"no result of a peer":   {peerResult, outcome{}, "the result: "},
		"no time of a peer":     {peerResult, outcome{stdout: []byte(`{"rows": [[1]]}`)}, "the script gave no time"},
		"a text for a number":   {peerResult, outcome{stdout: []byte(`{"seconds": 1, "rows": [["one"]]}`)}, `"one" is no number`},
		"an object for numbers": {peerResult, outcome{stdout: []byte(`{"seconds": 1, "rows": [{"a": 1}]}`)}, "the result: "},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := c.read(&c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; %q was expected", err, c.want)
			}
		})
	}
}

// statisticsOf is an answer of weir to T2 for one column.
func statisticsOf(column string, values ...float64) *answer {
	a := &answer{rows: [][]float64{values}}
	for _, f := range statistics {
		a.columns = append(a.columns, f+"("+column+")")
	}
	return a
}

func TestDifferences(t *testing.T) {
	ts := statisticsOf("ts", 1e7, 1.7e19, 1.7e12, 1.1e7, 1.7e12, 1.71e12)
	f := statisticsOf("f", 1e7, -9561.87984982389, -0.000956187984982389, 57.72847106347893, -99.999, 100)
	k := statisticsOf("k", 3e8, 4.5e9, 15, 22, 0, 99)
	for name, c := range map[string]struct {
		weir   *answer
		column int
		peer   float64
		format string
		want   string // "" is no difference
	}{
		"the last digits":                    {ts, 2, 1.7e12 * (1 + 9e-10), "csv", ""},
		"digits that matter":                 {ts, 0, 1e7 + 1, "csv", "count(ts) is 1.0000001e+07, weir's is 1e+07: WRONG, no reason known"},
		"a wrapped sum":                      {ts, 1, 1.7e19 - math.Exp2(64), "arrow", "sum(ts) wraps at 64 bits: -1.4467440737095516e+18, not 1.7e+19"},
		"a sum that wraps at 32 bits":        {k, 1, 4.5e9 - math.Exp2(32), "arrow", "sum(k) wraps at 32 bits: 2.05032704e+08, not 4.5e+09"},
		"half a wrap":                        {ts, 1, 1.7e19 - math.Exp2(63), "arrow", "WRONG"},
		"a difference that no int64 can be":  {ts, 1, 1.7e19 + math.Exp2(64), "arrow", "WRONG"},
		"a deviation off by rounding":        {ts, 3, 1.1e7 + 0.02, "csv", "stddev(ts) is off by rounding, by 1.8e-09 of its value"},
		"a deviation off by more":            {ts, 3, 1.1e7 + 2e4, "csv", "WRONG"},
		"a sum of float32":                   {f, 1, float64(float32(-9561.874)), "parquet", "sum(f) is computed in float32, off by 6.1e-07 of its value"},
		"the same in a format without them":  {f, 1, -9561.874, "csv", "sum(f) is off by rounding, by 6.1e-07 of its value"},
		"a sum far off":                      {f, 1, float64(float32(-8000)), "parquet", "WRONG"},
		"a deviation in float32":             {f, 3, float64(float32(57.7284698)), "arrow", "stddev(f) is computed in float32, off by 2.1e-08 of its value"},
		"a float32 with all its digits":      {f, 4, float64(float32(-99.999)), "arrow", ""},
		"another float32":                    {f, 4, -99.998, "arrow", "min(f) is -99.998, weir's is -99.999: WRONG, no reason known"},
		"no number":                          {f, 2, math.NaN(), "arrow", "WRONG"},
		"infinity":                           {f, 2, math.Inf(1), "arrow", "WRONG"},
		"another column's rounding":          {statisticsOf("x", 10, 0.001, 1e-4, 1, -1, 1), 1, 0.001 + 9e-9, "csv", "sum(x) is off by rounding, by 9.0e-06 of its value"},
		"more than another column's rounds":  {statisticsOf("x", 10, 0.001, 1e-4, 1, -1, 1), 1, 0.001 + 2e-8, "csv", "WRONG"},
		"an extreme that is nearly the same": {statisticsOf("x", 10, 0.001, 1e-4, 1, -1, 1), 5, 1 + 1e-8, "csv", "WRONG"},
	} {
		t.Run(name, func(t *testing.T) {
			peer := &answer{rows: [][]float64{append([]float64(nil), c.weir.rows[0]...)}}
			peer.rows[0][c.column] = c.peer
			found, err := differences(c.weir, peer, c.format)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.want == "" && len(found) == 0:
			case len(found) != 1:
				t.Errorf("%d differences: %v", len(found), found)
			case c.want == "" || !strings.Contains(found[0].String(), c.want):
				t.Errorf("%v; %q was expected", found[0], c.want)
			}
		})
	}
}

// Without the statistics of a whole column there is no reason to be off.
func TestOtherTasksHaveToAgree(t *testing.T) {
	weir := &answer{columns: []string{"k", "count()", "mean(y)", "max(price)"}, rows: [][]float64{{0, 3, 2.5, 9}, {1, 2, 2.5, 9}}}
	for name, c := range map[string]struct {
		peer [][]float64
		want string
	}{
		"the same":           {[][]float64{{0, 3, 2.5, 9}, {1, 2, 2.5 + 1e-10, 9}}, ""},
		"a mean that is off": {[][]float64{{0, 3, 2.5, 9}, {1, 2, 2.5 + 1e-8, 9}}, "mean(y) is 2.50000001, weir's is 2.5: WRONG"},
		"another order":      {[][]float64{{1, 2, 2.5, 9}, {0, 3, 2.5, 9}}, "k is 1, weir's is 0: WRONG"},
		"a group too few":    {[][]float64{{0, 3, 2.5, 9}}, "1 rows, weir has 2"},
		"a column too few":   {[][]float64{{0, 3, 2.5}, {1, 2, 2.5}}, "3 columns in row 1, weir has 4"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := differences(weir, &answer{rows: c.peer}, "parquet")
			got := ""
			if err != nil {
				got = err.Error()
			} else if len(found) > 0 {
				got = found[0].String()
			}
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("%q; %q was expected", got, c.want)
			}
		})
	}
}
