package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// every is an aggregation that reads every value of every column of a sample.
const every = "count(), sum(id) as a, sum(x) as b, sum(y) as c, sum(z) as d, sum(k) as e, max(ts) as f, sum(f) as g, sum(price) as h, max(city) as i, min(city) as j"

// A file that is cut off is an error with the file's name wherever the cut is.
// Only text cut at the end of a line is a shorter file.
func TestTruncatedFiles(t *testing.T) {
	g := openGolden(t, "truncated")
	for _, name := range []string{"s.csv", "s.parquet", "s.arrow"} {
		whole := read(t, sample(name))
		for _, percent := range []int{1, 50, 99} {
			t.Run(fmt.Sprintf("%s to %d percent", name, percent), func(t *testing.T) {
				dir := t.TempDir()
				end := len(whole) * percent / 100
				if name == "s.csv" && whole[end-1] == '\n' {
					end--
				}
				write(t, filepath.Join(dir, name), whole[:end])
				args := []string{"run", "--timings", "none", "--agg", every, name}
				o := invocation{dir: dir}.run(t, args...)
				if o.code != 3 {
					t.Errorf("exit code %d, want 3", o.code)
				}
				g.check(t, fmt.Sprintf("%s to %d percent", name, percent), transcript(o, args, dir))
			})
		}
	}
}

// A flipped bit in a Parquet page is found by the page's checksum, wherever the
// bit is and in every mode.
func TestFlippedBitInParquetData(t *testing.T) {
	whole := read(t, sample("s.parquet"))
	want := weir(t, "", "run", "--timings", "none", "--agg", every, sample("s.parquet")).out
	for i, mode := range []string{"sequential", "threads", "pipe", "mmap"} {
		for percent := 5 + i; percent < 95; percent += 30 {
			t.Run(fmt.Sprintf("%s at %d percent", mode, percent), func(t *testing.T) {
				dir := t.TempDir()
				write(t, filepath.Join(dir, "s.parquet"), flip(whole, len(whole)*percent/100))
				o := invocation{dir: dir}.run(t, "run", "--mode", mode, "--timings", "none", "--agg", every, "s.parquet")
				if o.code == 0 && o.out == want {
					return // a bit that nobody has to read, such as a statistic
				}
				if o.code != 3 || o.out != "" || !strings.Contains(o.err, "s.parquet: split 1, column ") {
					t.Errorf("exit code %d\n%s%s", o.code, o.out, o.err)
				}
			})
		}
	}
}

// In uncompressed Arrow data a flipped bit of a value is another value; in what
// describes the data it is an error or does not matter. It is never a crash.
func TestFlippedBitInMetadata(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name      string
		tailBytes int // where the metadata is
	}{{"s.arrow", 900}, {"s.parquet", 1400}} {
		whole := read(t, sample(tt.name))
		want := weir(t, "", "run", "--timings", "none", "--agg", every, sample(tt.name)).out
		found := 0
		for range 24 {
			at := len(whole) - 1 - random.IntN(tt.tailBytes)
			dir := t.TempDir()
			write(t, filepath.Join(dir, tt.name), flip(whole, at))
			o := invocation{dir: dir}.run(t, "run", "--timings", "none", "--mode", "threads", "--agg", every, tt.name)
			switch {
			case o.code == 0 && o.out == want:
			case (o.code == 3 || o.code == 2) && o.out == "":
				found++ // 2: a name or type has changed, and the expressions do not fit
			default:
				t.Errorf("%s with byte %d flipped: exit code %d\n%s%s", tt.name, at, o.code, o.out, o.err)
			}
		}
		if found == 0 {
			t.Errorf("%s: no flip was found", tt.name)
		}
	}
}

// A flip in text that makes it no number is an error with line and column.
func TestFlippedBitInText(t *testing.T) {
	g := openGolden(t, "flipped-text")
	whole := read(t, sample("s.csv"))
	lines := strings.SplitAfter(whole, "\n")
	for _, tt := range []struct {
		name string
		char string
		line int
	}{
		{"digit becomes a letter", "0.", 4000},
		{"comma becomes another byte", ",", 4000},
		{"line break becomes another byte", "\n", 4000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			before := strings.Join(lines[:tt.line], "")
			at := len(before) + strings.Index(lines[tt.line], tt.char)
			write(t, filepath.Join(dir, "s.csv"), flip(whole, at))
			args := []string{"run", "--timings", "none", "--agg", every, "--types", "id=int64,x=float64,y=float64", "s.csv"}
			o := invocation{dir: dir}.run(t, args...)
			if o.code != 3 {
				t.Errorf("exit code %d, want 3", o.code)
			}
			g.check(t, tt.name, transcript(o, args, dir))
		})
	}
}

// flip is text with a bit of the byte at the offset flipped.
func flip(text string, at int) string {
	b := []byte(text)
	b[at] ^= 0x40
	return string(b)
}
