package open

import (
	"context"
	"strings"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// schemaText is "a int64, b float64".
func schemaText(d *Dataset) string {
	var all []string
	for _, f := range d.Schema() {
		all = append(all, f.Name+" "+f.Type.String())
	}
	return strings.Join(all, ", ")
}

func TestTypesAreUnified(t *testing.T) {
	for _, c := range []struct {
		name     string
		files    []string // contents of 0.csv, 1.csv ...
		schema   string
		rows     string
		warnings string
	}{
		{"the same", []string{"a,b\n1,x\n", "a,b\n2,y\n"}, "a int64, b string", "1,x 2,y", ""},
		{"another order", []string{"a,b\n1,x\n", "b,a\ny,2\n"}, "a int64, b string", "1,x 2,y", ""},
		{"integers and floats", []string{"a\n1\n", "a\n2.5\n", "a\n3\n"}, "a float64", "1 2.5 3", ""},
		{"floats first", []string{"a\n2.5\n", "a\n9007199254740992\n"}, "a float64", "2.5 9.007199254740992e+15", ""},
		{"another order and other types", []string{"a,b\n1,2.5\n", "b,a\n2,0.5\n"}, "a float64, b float64", "1,2.5 0.5,2", ""},
		{"no values with integers", []string{"a,b\n,1\n,2\n", "a,b\n7,3\n"}, "a int64, b int64", "<nil>,1 <nil>,2 7,3", ""},
		{"no values with texts", []string{"a,b\nx,1\n", "a,b\n,2\n"}, "a string, b int64", "x,1 <nil>,2", ""},
		{"no rows", []string{"a,b\n", "a,b\n1,2.5\n", "a,b\n"}, "a int64, b float64", "1,2.5", ""},
		{"no values anywhere", []string{"a,b\n,1\n", "a,b\n"}, "a float64, b int64", "<nil>,1", ""},
		{"dates and timestamps", []string{"a\n2024-01-01\n", "a\n2024-01-02T00:00:00.5\n"}, "a timestamp[ms]", "1704067200000 1704153600500", ""},
		{"timestamps of two units", []string{"a\n2024-01-01T00:00:00Z\n", "a\n2024-01-01T00:00:00.000001Z\n"}, "a timestamp[us, UTC]", "1704067200000000 1704067200000001", ""},
		{"integers and texts", []string{"a\n1\n", "a\nx\n"}, "a string", "1 x", "column a is read as string: 0.csv has int64, 1.csv has string"},
		{"zones and none", []string{"a\n2024-01-01T00:00:00Z\n", "a\n2024-01-01T00:00:00\n"}, "a string", "2024-01-01T00:00:00Z 2024-01-01T00:00:00",
			"column a is read as string: 0.csv has timestamp[s, UTC], 1.csv has timestamp[s]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for i, content := range c.files {
				files[string(rune('0'+i))+".csv"] = content
			}
			lay(t, files)
			d := dataset(t, []string{"*.csv"}, Options{})
			if got := schemaText(d); got != c.schema {
				t.Errorf("schema %s, want %s", got, c.schema)
			}
			columns := make([]int, len(d.Schema()))
			for i := range columns {
				columns[i] = i
			}
			if got := rows(t, d, columns...); got != c.rows {
				t.Errorf("rows %s, want %s", got, c.rows)
			}
			if got := strings.Join(d.Warnings(), "|"); got != c.warnings {
				t.Errorf("warnings %q, want %q", got, c.warnings)
			}
		})
	}
}

func TestTextFollowsStatedTypes(t *testing.T) {
	lay(t, map[string]string{"a.parquet": "table:1", "b.csv": "n,x\n7,8\n", "c.csv": "x,n\n,\n"})
	d := dataset(t, []string{"b.csv", "c.csv", "a.parquet"}, Options{})
	if got := schemaText(d); got != "n int64, x float64" {
		t.Errorf("schema %s", got)
	}
	if got := rows(t, d, 0, 1); got != "7,8 <nil>,<nil> 0,0.5" {
		t.Errorf("rows %s", got)
	}
	if d.Schema()[0].Nullable != true {
		t.Error("a column that may be null in one file may be null in the dataset")
	}
}

func TestGivenTypesStay(t *testing.T) {
	lay(t, map[string]string{"0.csv": "a,b\n1,1\n", "1.csv": "a,b\n2,2.5\n"})
	d := dataset(t, []string{"*.csv"}, Options{Formats: Builtin(CSV{Types: map[string]chunk.Type{"a": {ID: chunk.Int8}}})})
	if got := schemaText(d); got != "a int8, b float64" {
		t.Errorf("schema %s", got)
	}
}

func TestSchemaDifferences(t *testing.T) {
	for _, c := range []struct {
		name string
		b    string
		want string
	}{
		{"a column is missing", "id\n1\n", "b.csv: the columns differ from those of a.csv: no column price"},
		{"another spelling", "id,Price\n1,2\n", "b.csv: the columns differ from those of a.csv: no column price (but Price)"},
		{"one too many", "id,price,tax\n1,2,3\n", "b.csv: the columns differ from those of a.csv: it also has column tax"},
		{"no header", "1,2.5\n3,4.5\n", "b.csv: the columns differ from those of a.csv: no column id; no column price; it also has columns 1, 2.5"},
		{"all else", "a,b,c,d,e,f,g\n1,1,1,1,1,1,1\n", "b.csv: the columns differ from those of a.csv: no column id (but d); no column price; it also has columns a, b, c, e, f and 1 more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lay(t, map[string]string{"a.csv": "id,price\n1,2\n", "b.csv": c.b})
			_, err := Open(context.Background(), []string{"."}, Options{Formats: Builtin(CSV{})})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	lay(t, map[string]string{"a.parquet": "table:1", "b.csv": "n,x\nmany,8\n"})
	_, err := Open(context.Background(), []string{"."}, Options{Formats: Builtin(CSV{})})
	if want := "b.csv: column n: the type is string, but int64 in a.parquet"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestPruneAndColumnsAreTranslated(t *testing.T) {
	lay(t, map[string]string{"a.arrow": "table:10", "b.csv": "x,n\n100.5,100\n", "c.parquet": "table:10"})
	d := dataset(t, []string{"a.arrow", "b.csv", "c.parquet"}, Options{})
	req := format.Request{Columns: []int{0}, MaxRows: 10, Prune: []format.Interval{{Column: 0, Lo: format.Bound{Int: 50}, Hi: format.Bound{Open: true}}}}
	splits, err := d.Splits(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range splits {
		if s.File == 2 {
			t.Error("the row group of rows 0 to 9 is read for n >= 50")
		}
	}
	if n, rows := d.Pruned(req); n != 1 || rows != 10 {
		t.Errorf("%d splits of %d rows are left out", n, rows)
	}
	if req.Prune[0].Column != 0 || req.Columns[0] != 0 {
		t.Error("the caller's request was changed")
	}
}
