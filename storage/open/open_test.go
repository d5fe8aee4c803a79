package open

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/output"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// lay writes files into a new directory and makes it the working directory, so
// that inputs and messages are as a user sees them. Content "table:N" is N rows
// in the format that the name says, of columns n (int64) and x (float64).
func lay(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var rows int
		if _, err := fmt.Sscanf(content, "table:%d", &rows); err == nil {
			writeTable(t, path, rows)
			continue
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chdir(back); err != nil {
			t.Error(err)
		}
	})
}

func writeTable(t *testing.T, path string, rows int) {
	t.Helper()
	n, x := make([]int64, rows), make([]float64, rows)
	for r := range rows {
		n[r], x[r] = int64(r), float64(r)+0.5
	}
	c := &chunk.Chunk{Rows: rows, Columns: []chunk.Column{
		{Type: chunk.Type{ID: chunk.Int64}, Len: rows, Values: chunk.Bytes(n)},
		{Type: chunk.Type{ID: chunk.Float64}, Len: rows, Values: chunk.Bytes(x)},
	}}
	schema := chunk.Schema{{Name: "n", Type: c.Columns[0].Type}, {Name: "x", Type: c.Columns[1].Type}}
	f, err := output.Create(path, schema, output.Options{})
	if err == nil && rows > 0 {
		err = f.Write(c)
	}
	if err == nil {
		err = f.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func dataset(t *testing.T, inputs []string, opts Options) *Dataset {
	t.Helper()
	if opts.Formats == nil {
		opts.Formats = Builtin(CSV{})
	}
	d, err := Open(context.Background(), inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// names are the files of the dataset, separated by spaces.
func names(d *Dataset) string {
	var all []string
	for _, f := range d.Files() {
		all = append(all, filepath.ToSlash(f.Name))
	}
	return strings.Join(all, " ")
}

// rows reads the columns as text: "1,2.5 2,3.5", a row after the other. It
// checks that chunks are numbered.
func rows(t *testing.T, d *Dataset, columns ...int) string {
	t.Helper()
	req := format.Request{Columns: columns, MaxRows: 3, Parallel: 2}
	splits, err := d.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	mem := storagetest.NewMemory(t)
	var all []string
	for i, s := range splits {
		if s.Index != i {
			t.Errorf("split %d has index %d", i, s.Index)
		}
		r, err := d.Open(s, req, mem, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			var c chunk.Chunk
			err := r.Next(context.Background(), &c)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Split != i || c.Index != n {
				t.Errorf("chunk %d.%d says %d.%d", i, n, c.Split, c.Index)
			}
			for r := range c.Rows {
				var row []string
				for k := range c.Columns {
					row = append(row, fmt.Sprint(storagetest.Value(&c.Columns[k], r)))
				}
				all = append(all, strings.Join(row, ","))
			}
			c.Release()
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	mem.Done()
	return strings.Join(all, " ")
}

func TestInputs(t *testing.T) {
	lay(t, map[string]string{
		"b.csv": "a\n1\n", "a.csv": "a\n2\n", "c.tsv": "a\n3\n", "notes.txt": "a\n4\n", "[x].csv": "a\n5\n", ".hidden.csv": "a\n6\n",
		"d/2.csv": "a\n7\n", "d/10.csv": "a\n8\n", "d/_SUCCESS": "", "d/.tmp.csv": "x", "d/readme.md": "hello", "d/_tmp/9.csv": "x", "d/e/f/1.csv": "a\n9\n",
		"d/.git/1.csv": "x",
	})
	if err := os.Symlink("d", "link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../b.csv", "d/linked.csv"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", "d/e/up"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, inputs, want string }{
		{"files in the order given", "b.csv a.csv", "b.csv a.csv"},
		{"a directory, sorted, without what is no data", "d", "d/10.csv d/2.csv d/e/f/1.csv d/linked.csv"},
		{"a link to a directory", "link", "link/10.csv link/2.csv link/e/f/1.csv link/linked.csv"},
		{"a directory with a slash", "d/", "d/10.csv d/2.csv d/e/f/1.csv d/linked.csv"},
		{"a glob, sorted", "*.csv", "[x].csv a.csv b.csv"},
		{"one letter", "?.csv", "a.csv b.csv"},
		{"a class of letters", "[bc].?sv", "b.csv c.tsv"},
		{"a directory in a glob", "?/*.csv", "d/10.csv d/2.csv d/linked.csv"},
		{"any depth", "**/1.csv", "d/e/f/1.csv"},
		{"any depth includes none", "d/**/*.csv", "d/10.csv d/2.csv d/e/f/1.csv d/linked.csv"},
		{"everything below", "d/e/**", "d/e/f/1.csv"},
		{"two in a row", "**/**/10.csv", "d/10.csv"},
		{"a glob that finds directories", "d/?", "d/e/f/1.csv"},
		{"a name with brackets that exists", "[x].csv", "[x].csv"},
		{"a name that has to be quoted", "[[]x].csv", "[x].csv"},
		{"hidden files when asked for", ".h*", ".hidden.csv"},
		{"text of any name", "notes.txt", "notes.txt"},
		{"dots", "./d/../b.csv", "./d/../b.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dataset(t, strings.Split(c.inputs, " "), Options{})
			if got := names(d); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if len(d.Warnings()) > 0 {
				t.Errorf("warnings: %s", d.Warnings())
			}
		})
	}
}

func TestAFileIsReadOnce(t *testing.T) {
	lay(t, map[string]string{"a.csv": "a\n1\n", "b.csv": "a\n2\n"})
	abs, err := filepath.Abs("a.csv")
	if err != nil {
		t.Fatal(err)
	}
	d := dataset(t, []string{"*.csv", "./a.csv", abs}, Options{})
	if got := rows(t, d, 0); got != "1 2" {
		t.Errorf("rows %s", got)
	}
	want := []string{"./a.csv is among the inputs more than once; it is read once", abs + " is among the inputs more than once; it is read once"}
	if !slices.Equal(d.Warnings(), want) {
		t.Errorf("warnings %q", d.Warnings())
	}
}

func TestFormatsByContentThenName(t *testing.T) {
	lay(t, map[string]string{
		"t.arrow": "table:5", "t.parquet": "table:5", "t.csv": "table:5", "t.csv.gz": "table:5", "t.csv.zst": "table:5", "t.tsv": "table:5",
	})
	for from, to := range map[string]string{"t.parquet": "p.csv", "t.arrow": "a.parquet", "t.csv.gz": "z.csv", "t.csv": "data"} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const all = "0,0.5 1,1.5 2,2.5 3,3.5 4,4.5"
	for _, c := range []struct{ name, format, warning string }{
		{"t.arrow", "arrow", ""}, {"t.parquet", "parquet", ""}, {"t.csv", "csv", ""}, {"t.csv.gz", "csv", ""},
		{"t.csv.zst", "csv", ""}, {"t.tsv", "csv", ""}, {"data", "csv", ""}, {"z.csv", "csv", ""},
		{"p.csv", "parquet", "p.csv: named like CSV but holds Parquet; read as Parquet"},
		{"a.parquet", "arrow", "a.parquet: named like Parquet but holds Arrow; read as Arrow"},
	} {
		d := dataset(t, []string{c.name}, Options{})
		if got := d.Files()[0].Format; got != c.format {
			t.Errorf("%s: read as %s", c.name, got)
		}
		if got := strings.Join(d.Warnings(), "|"); got != c.warning {
			t.Errorf("%s: warnings %q, want %q", c.name, got, c.warning)
		}
		if got := rows(t, d, 0, 1); got != all {
			t.Errorf("%s: rows %s", c.name, got)
		}
		wantRows := int64(-1)
		if c.format != "csv" {
			wantRows = 5
		}
		if info := d.Files()[0]; info.Rows != wantRows || info.SizeBytes != d.SizeBytes() || info.SizeBytes == 0 {
			t.Errorf("%s: %+v", c.name, info)
		}
	}
	d := dataset(t, []string{"t.arrow", "t.csv", "t.parquet"}, Options{})
	if got := rows(t, d, 1, 0); got != strings.Repeat("0.5,0 1.5,1 2.5,2 3.5,3 4.5,4 ", 2)+"0.5,0 1.5,1 2.5,2 3.5,3 4.5,4" {
		t.Errorf("three formats as one dataset: %s", got)
	}
	if m, ok := d.File(0).(format.Mapped); !ok || m.Mapping() == nil {
		t.Error("the Arrow file is not mapped")
	}
	if _, ok := d.File(1).(format.Mapped); ok {
		t.Error("the CSV file is mapped")
	}
}

// TestErrors shows every message about inputs.
func TestErrors(t *testing.T) {
	lay(t, map[string]string{
		"flights.csv": "a,b\n1,2\n", "data/q1.csv": "a,b\n1,2\n", "empty.csv": "", "empty/x": "", "none/readme.md": "hello", "none/notes.txt": "a",
		"text.parquet": "a,b\n1,2\n", "text.arrow": "{\"a\": 1}", "zip.csv": "PK\x03\x04\x00\x00\x00\x00\x00\x00", "zip.parquet": "PK\x03\x04\x00\x00\x00",
		"binary": "\x01\x02\x00\x00\xff\xfe\xfd\x00", "rows.json": `[{"a": 1}]`, "stub": "PAR1", "t.parquet": "table:3", "broken.csv.gz": "\x1f\x8b\x08\x00\x00",
		"wide.csv": "\xff\xfea\x00\n\x00",
	})
	if err := os.Mkdir("bare", 0o755); err != nil {
		t.Fatal(err)
	}
	gzipFile(t, "t.parquet", "t.parquet.gz")
	gzipFile(t, "flights.csv", "packed.parquet")
	for _, c := range []struct {
		name   string
		inputs []string
		want   string
		is     error
	}{
		{"no input", nil, "no input: name files, directories, globs or - for standard input", nil},
		{"empty input", []string{""}, "an input is the empty string; is a variable unset?", nil},
		{"missing", []string{"nothing-like-it.csv"}, "nothing-like-it.csv: no such file", fs.ErrNotExist},
		{"misspelt", []string{"fligths.csv"}, "fligths.csv: no such file; did you mean flights.csv?", fs.ErrNotExist},
		{"misspelt case", []string{"data/Q1.CSV"}, "data/Q1.CSV: no such file; did you mean data/q1.csv?", fs.ErrNotExist},
		{"missing directory", []string{"dat/x/q1.csv"}, "dat/x/q1.csv: no such file; there is no directory dat", fs.ErrNotExist},
		{"a file for a directory", []string{"flights.csv/q1.csv"}, "flights.csv/q1.csv: not a directory", nil},
		{"empty file", []string{"empty.csv"}, "empty.csv: the file is empty", format.ErrEmpty},
		{"directory without files", []string{"bare"}, "bare: no data files in the directory", nil},
		{"directory without data", []string{"none"}, "none: no data files in the directory; the 2 other files, such as readme.md, end in none of .arrow .feather .ipc .parquet .pq .csv .tsv .tab .csv.gz .tsv.gz .tab.gz .csv.zst .tsv.zst .tab.zst", nil},
		{"glob without match", []string{"data/*.parquet"}, "data/*.parquet: no file matches; data has 1 entries, such as q1.csv", fs.ErrNotExist},
		{"glob in a missing directory", []string{"dta/*.csv"}, "dta/*.csv: no file matches; there is no directory dta", fs.ErrNotExist},
		{"malformed glob", []string{"data/[.csv"}, `data/[.csv: the pattern "[.csv" is malformed; a literal bracket is written [[]`, nil},
		{"text named parquet", []string{"text.parquet"}, "text.parquet: not a Parquet file: it looks like CSV text; rename it to text.csv to read it as such", nil},
		{"packed text named parquet", []string{"packed.parquet"}, "packed.parquet: not a Parquet file: it looks like CSV text; rename it to packed.csv.gz to read it as such", nil},
		{"zip named csv", []string{"zip.csv"}, "zip.csv: not a CSV file: it looks like a ZIP archive or a spreadsheet", nil},
		{"zip named parquet", []string{"zip.parquet"}, "zip.parquet: not a Parquet file: it looks like a ZIP archive or a spreadsheet", nil},
		{"packed parquet", []string{"t.parquet.gz"}, "t.parquet.gz: a Parquet file inside gzip; decompress it first", nil},
		{"broken gzip", []string{"broken.csv.gz"}, "broken.csv.gz: not a CSV file: a compressed stream that cannot be read or is empty", nil},
		{"UTF-16", []string{"wide.csv"}, "wide.csv: not a CSV file: it looks like UTF-16 text; convert it to UTF-8", nil},
		{"unknown content", []string{"binary"}, "binary: unknown content: it begins with the bytes 01 02 00 00 ff fe fd 00; formats are Arrow, Parquet, CSV", nil},
		{"JSON", []string{"rows.json"}, "rows.json: unknown content: it looks like JSON; formats are Arrow, Parquet, CSV", nil},
		{"the lowest file's error", []string{"flights.csv", "rows.json", "binary"}, "rows.json: unknown content: it looks like JSON; formats are Arrow, Parquet, CSV", nil},
		{"stdin twice", []string{"-", "-"}, "- (standard input) is given twice; it can be read once", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdin, err := os.Open("flights.csv")
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			_, err = Open(context.Background(), c.inputs, Options{Formats: Builtin(CSV{}), Stdin: stdin})
			if err == nil || filepath.ToSlash(err.Error()) != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
		})
	}
}

func TestPermissionDenied(t *testing.T) {
	lay(t, map[string]string{"a.csv": "a\n1\n"})
	if err := os.Chmod("a.csv", 0); err != nil {
		t.Fatal(err)
	}
	_, err := os.Open("a.csv")
	if err == nil { // root reads everything: the message is all there is to test
		err = &fs.PathError{Op: "open", Path: "a.csv", Err: fs.ErrPermission}
		err = explain("a.csv", err)
	} else {
		_, err = Open(context.Background(), []string{"a.csv"}, Options{Formats: Builtin(CSV{})})
	}
	if want := "a.csv: permission denied (its mode is ----------)"; err.Error() != want || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzIdentify looks at files of any content under any name.
func FuzzIdentify(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "PAR1", "ARROW1\x00\x00", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xff\xff\xff\xff", "{", "PK\x03\x04"} {
		for _, name := range []string{"t.csv", "t.parquet", "t"} {
			f.Add(name, []byte(seed))
		}
	}
	path := filepath.Join(f.TempDir(), "content")
	formats := Builtin(CSV{})
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		found, warning, err := identify(name, file, int64(len(content)), formats)
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), name+": "):
			t.Errorf("%q does not name the file", err)
		case err != nil && strings.ContainsRune(strings.TrimPrefix(err.Error(), name), '\n'):
			t.Errorf("%q is not one line", err)
		case err == nil && found.Open == nil:
			t.Error("no error and no format")
		case warning != "" && found.Text:
			t.Errorf("text cannot be told for sure: %s", warning)
		}
	})
}
