package expr

import (
	"strconv"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/format"
)

// inside tells whether a value of a column lies in an interval.
func inside(loOpen, hiOpen bool, iv format.Interval, v Value) bool {
	if v.Null {
		return false
	}
	switch v.Type.Kind {
	case block.Float:
		return (loOpen || v.Float >= iv.Lo.Float) && (hiOpen || v.Float <= iv.Hi.Float)
	case block.String:
		return (loOpen || v.Text >= iv.Lo.Text) && (hiOpen || v.Text <= iv.Hi.Text)
	case block.Uint:
		return (loOpen || compareExactly(v, Value{Type: intType, Int: iv.Lo.Int}) != -1) &&
			(hiOpen || compareExactly(v, Value{Type: intType, Int: iv.Hi.Int}) != 1)
	case block.Bool:
		n := int64(0)
		if v.Bool {
			n = 1
		}
		return (loOpen || n >= iv.Lo.Int) && (hiOpen || n <= iv.Hi.Int)
	}
	return (loOpen || v.Int >= iv.Lo.Int) && (hiOpen || v.Int <= iv.Hi.Int)
}

func TestIntervals(t *testing.T) {
	schema := sample().blockSchema()
	for _, c := range []struct {
		text string
		want string // column: low..high, * where open
	}{
		{"x > 3", "x: 4..*"},
		{"3 > x", "x: *..2"},
		{"x >= 3 and x <= 5", "x: 3..* x: *..5"},
		{"x between 3 and 5", "x: 3..* x: *..5"},
		{"x = 3", "x: 3..3"},
		{"x > 2.5", "x: 3..*"},
		{"x < 2.5", "x: *..2"},
		{"x <= -2.5", "x: *..-3"},
		{"x = 2.5", "x: 9223372036854775807..-9223372036854775808"},
		{"x != 2.5", "x: *..*"},
		{"x < 1e300", "x: *..*"},
		{"x > 18446744073709551615", "x: 9223372036854775807..-9223372036854775808"},
		{"x > 9223372036854775807", "x: 9223372036854775807..-9223372036854775808"},
		{"x in (7, 3, 5)", "x: 3..7"},
		{"x in (7, 2.5)", "x: 7..7"},
		{"x is not null", "x: *..*"},
		{"x is null", ""},
		{"y > 2.5", "y: 2.5..*"},
		{"y <= 3", "y: *..3"},
		{"y = 0.1", "y: 0.1..0.1"},
		{"y > 9007199254740993", "y: 9007199254740991..*"},
		{"y = 9007199254740993", "y: 9007199254740991..9007199254740994"},
		{"y > nan()", ""},
		{"u > 5", "u: 6..*"},
		{"u > 9223372036854775807", "u: *..*"},
		{"u = 18446744073709551615", "u: *..*"},
		{"u < 5.5", "u: *..5"},
		{"u > -1", "u: 0..*"},
		{"yes", "yes: 1..1"},
		{"not yes", "yes: 0..0"},
		{"yes = false and no", "yes: 0..0 no: 1..1"},
		{"name = 'a'", "name: a..a"},
		{"name > 'a'", "name: *..*"},
		{"name in ('b', 'a')", "name: a..b"},
		{"day >= '2001-03-31'", "day: 11412..*"},
		{"day > '2001-03-31 12:00'", "day: 11413..*"},
		{"day < '2001-03-31 12:00'", "day: *..11412"},
		{"at >= '2001-03-31 18:30:00.5'", "at: 986063400500..*"},
		{"at < '2001-03-31 18:30:00.5000001'", "at: *..986063400500"},
		{"utc = date('2001-03-31')", "utc: 985996800000000000..985996800000000000"},
		{"utc < '9999-12-31'", "utc: *..*"},
		{"x > 3 or y > 3", ""},
		{"not (x > 3)", ""},
		{"x + 1 > 3", ""},
		{"x > y", ""},
		{"x > 3 and (y > 3 or x > 5) and (yes and no)", "x: 4..* yes: 1..1 no: 1..1"},
		{"x not between 3 and 5", ""},
		{"x not in (3)", ""},
		{"true", ""},
		{"x", ""},
	} {
		e, err := Compile(c.text, schema)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, iv := range e.Intervals() {
			f := schema[iv.Column]
			end := func(b format.Bound) string {
				switch {
				case b.Open:
					return "*"
				case f.Type.Kind == block.Float:
					return strconv.FormatFloat(b.Float, 'f', -1, 64)
				case f.Type.Kind == block.String:
					return b.Text
				}
				return strconv.FormatInt(b.Int, 10)
			}
			got = append(got, f.Name+": "+end(iv.Lo)+".."+end(iv.Hi))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.text, s, c.want)
		}
	}
}
