package csvfile

import (
	"fmt"
	"os"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// The weather of four years, against what Python's csv module counts and sums.
func TestSeattleWeather(t *testing.T) {
	content, err := os.ReadFile("testdata/seattle-weather.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, rangeBytes := range []int64{0, 777} {
		file := mustOpen(t, Options{rangeBytes: rangeBytes}, string(content))
		if got, want := names(file.Schema()), "date:date32 precipitation:float64 temp_max:float64 temp_min:float64 wind:float64 weather:string"; got != want {
			t.Fatalf("schema %s, expected %s", got, want)
		}
		rows, err := read(file, format.Request{Columns: []int{0, 1, 2, 5}, MaxRows: 100})
		if err != nil || len(rows) != 1461 {
			t.Fatal(len(rows), err)
		}
		var rain, heat, snow int // in tenths: exact
		for i, row := range rows {
			if row[0] != fmt.Sprint(15340+i) {
				t.Fatalf("row %d is day %s", i, row[0])
			}
			rain += tenths(t, row[1])
			heat += tenths(t, row[2])
			if row[3] == "snow" {
				snow++
			}
		}
		if rain != 44260 || heat != 240175 || snow != 26 {
			t.Errorf("rain %d, heat %d, snow %d", rain, heat, snow)
		}
	}
}

func tenths(t *testing.T, text string) int {
	t.Helper()
	var v float64
	if _, err := fmt.Sscan(text, &v); err != nil {
		t.Fatal(err)
	}
	if v < 0 {
		return int(v*10 - 0.5)
	}
	return int(v*10 + 0.5)
}

func TestPlausible(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"text", "a,b\n1,2\n", true},
		{"mark", "\xef\xbb\xbfa\tb\r\n", true},
		{"Latin-1", "stra\xdfe;ort\n", true},
		{"gzip", compress(t, gz, "a,b\n1,2\n"), true},
		{"zstd", compress(t, zst, "a,b\n1,2\n"), true},
		{"the head of a zstd file", compress(t, zst, table(1000))[:12_000], true},
		{"nothing", "", false},
		{"blank lines", " \r\n\n", false},
		{"Parquet", "PAR1\x15\x04\x15\x80", false},
		{"Arrow", "ARROW1\x00\x00", false},
		{"gzip of something else", compress(t, gz, "PAR1\x15\x04\x15\x80"), false},
		{"damaged gzip", "\x1f\x8bxxxxxxxxxxxxxx", false},
		{"UTF-16", "\xff\xfea\x00,\x00", false},
	} {
		if got := Plausible([]byte(c.head)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestParseType(t *testing.T) {
	for id := chunk.Bool; id <= chunk.String; id++ {
		if id == chunk.Float16 {
			continue
		}
		for _, want := range []chunk.Type{{ID: id}, {ID: id, Unit: chunk.Millisecond}, {ID: id, Unit: chunk.Nanosecond, Zone: "Europe/Vienna"}} {
			if id != chunk.Timestamp {
				want = chunk.Type{ID: id}
			}
			if got, err := ParseType(" " + want.String()); err != nil || got != want {
				t.Errorf("%s is %s, %v", want, got, err)
			}
		}
	}
	if got, err := ParseType("timestamp"); err != nil || got.Unit != chunk.Microsecond {
		t.Errorf("timestamp is %s, %v", got, err)
	}
	for _, text := range []string{"", "int", "float16", "unsupported", "timestamp[]", "timestamp[m]", "timestamp[us", "timestamps"} {
		if got, err := ParseType(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
