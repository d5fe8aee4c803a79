package csvfile

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/weir-pipeline/weir/storage/format"
)

func gz(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

func zst(w io.Writer) io.WriteCloser {
	z, err := zstd.NewWriter(w)
	if err != nil {
		panic(err)
	}
	return z
}

// compress is text in a compressed file.
func compress(t testing.TB, with func(io.Writer) io.WriteCloser, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := with(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var codecs = map[string]func(io.Writer) io.WriteCloser{"gz": gz, "zst": zst}

// A compressed file has the rows of the plain one, whatever is its name. It is
// longer than a block, with records on the seams.
func TestCompressed(t *testing.T) {
	const block = 100_000
	var text strings.Builder
	text.WriteString("a,b\r\n")
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 10_000 {
		fmt.Fprintf(&text, "%d,\"line %d\nand \"\"%s\"\"\"\r\n", i, i, strings.Repeat("x", r.IntN(100)))
	}
	fmt.Fprintf(&text, "%d,%s", 10_000, strings.Repeat("long", block/3))
	if text.Len() < 5*block {
		t.Fatal("the text is too short for this test")
	}
	file := mustOpen(t, Options{}, text.String())
	req := format.Request{Columns: []int{0, 1}, MaxRows: 700}
	want, err := read(file, req)
	if err != nil || len(want) != 10_001 {
		t.Fatal(len(want), err)
	}
	for ext, codec := range codecs {
		t.Run(ext, func(t *testing.T) {
			file, err := openNamed(t, Options{rangeBytes: block}, "t.csv", compress(t, codec, text.String()))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a split can be read again
				got, err := read(file, req)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%d rows, %v", len(got), err)
				}
			}
			tsv, err := openNamed(t, Options{}, "t.TSV."+ext, compress(t, codec, "a,b\tc\n1,2\t3\n"))
			if err != nil || names(tsv.Schema()) != "a,b:string c:int64" {
				t.Fatal(err)
			}
		})
	}
}

func TestErrorsInCompressedFiles(t *testing.T) {
	var lines strings.Builder
	r := rand.New(rand.NewPCG(1, 1))
	for range 70_000 {
		fmt.Fprintf(&lines, "%d,x\n", r.Uint32())
	}
	good := lines.String()
	o := Options{SampleBytes: 1000, rangeBytes: 50_000} // several blocks
	for ext, codec := range codecs {
		whole := compress(t, codec, "a,b\n"+good+good[:100_000])
		noise := []byte(whole)
		for i := range 100 {
			noise[len(noise)/2+i] ^= 0x5a
		}
		for _, c := range []struct{ name, content, want string }{
			{"cut off", whole[:len(whole)-len(whole)/3], "the compressed data ends too early; the file is cut off"},
			{"cut off in the head", whole[:10], "the compressed data"},
			{"damaged", string(noise), "the compressed data is damaged: "},
			{"something behind it", whole + "abcdefghijklmnopqrstuvwxyz", "the compressed data is damaged: "},
			{"value", compress(t, codec, "a,b\n"+good+"y,x\n"+good), `t.csv: line 70002, column a: "y" is not int64`},
			{"fields", compress(t, codec, "a,b\n"+good+"1\n"+good), `t.csv: line 70002: the record has 1 field, the header has 2`},
			{"quote", compress(t, codec, "a,b\n"+good+"1,x\"\n"+good), `t.csv: line 70002: a quote`},
			{"open quote", compress(t, codec, "a,b\n"+good+"1,\"x\n"), `t.csv: line 70002: the quote (") that opens here is never closed`},
			{"empty", compress(t, codec, ""), "t.csv: the file is empty"},
		} {
			t.Run(ext+" "+c.name, func(t *testing.T) {
				file, err := open(t, o, c.content)
				if err == nil {
					_, err = count(file)
				}
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "t.csv: ") {
					t.Errorf("%v\nexpected %s", err, c.want)
				}
			})
		}
	}
}

// count reads all columns and counts the rows.
func count(file format.File) (rows int, err error) {
	req := format.Request{Columns: all(file), MaxRows: 100_000}
	splits, err := file.Splits(req)
	if err != nil {
		return 0, err
	}
	for _, split := range splits {
		n, err := countSplit(file, split, req)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}
