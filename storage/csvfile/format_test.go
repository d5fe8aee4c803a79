package csvfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// TestFormat runs the suite of all formats. The types are given, because the
// suite has more of them than are found out.
func TestFormat(t *testing.T) {
	types := map[string]chunk.Type{"row": {ID: chunk.Int64}}
	supports := func(typ chunk.Type) bool { return typ.ID != chunk.Float16 }
	for _, typ := range storagetest.AllTypes() {
		if supports(typ) {
			types[typ.String()] = typ
		}
	}
	for _, v := range []struct {
		name     string
		encoding encoding
	}{
		{"csv", encoding{}},
		{"csv.zst", encoding{quote: true, end: "\r\n", compress: zst}},
	} {
		t.Run(v.name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{
				Name:       v.name,
				Open:       Options{Types: types, SampleBytes: 4000, rangeBytes: 4000}.Opener(),
				Supports:   supports,
				SlackBytes: 2 * zstdWindow,
				Brief:      true, // FuzzRead reads more of them
				Normalize: func(tab storagetest.Table) storagetest.Table {
					// Text cannot promise that there are no nulls.
					tab.Schema = append(chunk.Schema(nil), tab.Schema...)
					for i := range tab.Schema {
						tab.Schema[i].Nullable = true
					}
					return tab
				},
				Write: func(t testing.TB, path string, tab storagetest.Table, _ storagetest.WriteOptions) {
					if err := os.WriteFile(path, v.encoding.encode(t, tab), 0o600); err != nil {
						t.Fatal(err)
					}
				},
			})
		})
	}
}

// encoding is a way to write a table as text.
type encoding struct {
	end      string // of a line; "" is LF
	quote    bool   // quote everything but nulls
	compress func(io.Writer) io.WriteCloser
}

func (e encoding) encode(t testing.TB, tab storagetest.Table) []byte {
	const comma = ","
	end := e.end
	if end == "" {
		end = "\n"
	}
	var out bytes.Buffer
	for i, f := range tab.Schema {
		if i > 0 {
			out.WriteString(comma)
		}
		out.WriteString(`"` + f.Name + `"`)
	}
	out.WriteString(end)
	for r := range tab.Rows {
		for i, f := range tab.Schema {
			if i > 0 {
				out.WriteString(comma)
			}
			v := tab.Columns[i][r]
			if v == nil {
				continue
			}
			field := fieldText(v, f.Type)
			if e.quote || field == "" || strings.ContainsAny(field, comma+"\r\n\"") {
				field = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
			}
			out.WriteString(field)
		}
		out.WriteString(end)
	}
	if e.compress == nil {
		return out.Bytes()
	}
	var packed bytes.Buffer
	w := e.compress(&packed)
	if _, err := w.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func fieldText(v any, typ chunk.Type) string {
	at := func(per int64) time.Time {
		n := v.(int64)
		return time.Unix(n/per, n%per*(1e9/per)).UTC()
	}
	switch typ.ID {
	case chunk.Float32:
		return strconv.FormatFloat(float64(v.(float32)), 'g', -1, 32)
	case chunk.Float64:
		return strconv.FormatFloat(v.(float64), 'g', -1, 64)
	case chunk.Date32:
		return time.Unix(int64(v.(int32))*daySeconds, 0).UTC().Format("2006-01-02")
	case chunk.Date64:
		return at(1000).Format("2006/01/02")
	case chunk.Timestamp:
		layout := "2006-01-02T15:04:05.999999999"
		if typ.Zone != "" {
			layout += "Z07:00"
		}
		return at(typ.Unit.PerSecond()).Format(layout)
	}
	return fmt.Sprint(v)
}
