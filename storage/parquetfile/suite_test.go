package parquetfile_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"

	"github.com/weir-pipeline/weir/storage/arrowrecord"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// slackBytes is what the zstd, gzip and brotli decoders allocate once.
const slackBytes = 32 << 20

// variant is one way to write the same table.
type variant struct {
	name  string
	write func(t testing.TB, tab storagetest.Table, splitRows int) []byte
}

func variants() []variant {
	var all []variant
	for _, v := range []struct {
		name string
		opts parquetfile.WriterOptions
	}{
		{"default", parquetfile.WriterOptions{}},
		{"small pages without checksums", parquetfile.WriterOptions{PageBytes: 100, Compression: "none", NoChecksums: true}},
		{"no dictionary", parquetfile.WriterOptions{DictionaryBytes: -1, Compression: "zstd", PageBytes: 1000}},
		{"dictionary given up", parquetfile.WriterOptions{DictionaryBytes: 100, Compression: "gzip"}},
		{"middle pages", parquetfile.WriterOptions{PageBytes: 500}},
	} {
		all = append(all, variant{v.name, func(t testing.TB, tab storagetest.Table, splitRows int) []byte {
			opts := v.opts
			opts.RowGroupRows = splitRows
			return ownFile(t, tab, opts)
		}})
	}
	v2 := parquet.WithDataPageVersion(parquet.DataPageV2)
	small := parquet.WithDataPageSize(512)
	for _, v := range []struct {
		name  string
		props []parquet.WriterProperty
	}{
		{"library v1 snappy", []parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Snappy)}},
		{"library v2 snappy", []parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Snappy), v2, small}},
		{"library v1 none", []parquet.WriterProperty{parquet.WithDictionaryDefault(false), small}},
		{"library v2 none", []parquet.WriterProperty{parquet.WithDictionaryDefault(false), v2, small}},
		{"library v1 dictionary given up midway", []parquet.WriterProperty{parquet.WithDictionaryPageSizeLimit(60), parquet.WithBatchSize(16), small}},
		{"library v2 dictionary given up midway", []parquet.WriterProperty{parquet.WithDictionaryPageSizeLimit(60), parquet.WithBatchSize(16), small, v2}},
		{"library v1 delta", []parquet.WriterProperty{small}},
		{"library v2 delta", []parquet.WriterProperty{v2, parquet.WithCompression(compress.Codecs.Snappy)}},
		{"library v2 delta lengths", []parquet.WriterProperty{parquet.WithDictionaryDefault(false), parquet.WithEncodingFor("string", parquet.Encodings.DeltaLengthByteArray), v2}},
	} {
		all = append(all, variant{v.name, func(t testing.TB, tab storagetest.Table, splitRows int) []byte {
			props := slices.Clone(v.props)
			if strings.HasSuffix(v.name, " delta") {
				props = append(props, deltas(tab, splitRows)...)
			}
			return libraryFile(t, tab, splitRows, props)
		}})
	}
	return all
}

// deltas asks for delta encodings of all columns that have some. The library
// cannot write one without values, so row groups of nulls alone stay plain.
func deltas(tab storagetest.Table, splitRows int) []parquet.WriterProperty {
	props := []parquet.WriterProperty{parquet.WithDictionaryDefault(false)}
	for i, f := range tab.Schema {
		encoding := parquet.Encodings.DeltaBinaryPacked
		switch f.Type.ID {
		case chunk.Bool, chunk.Float16, chunk.Float32, chunk.Float64:
			continue
		case chunk.String:
			encoding = parquet.Encodings.DeltaByteArray
		}
		if fewestValues(tab.Columns[i], splitRows) > 1 {
			props = append(props, parquet.WithEncodingFor(f.Name, encoding))
		}
	}
	return props
}

// fewestValues is how many values that are not null the poorest row group has.
func fewestValues(values []any, splitRows int) int {
	fewest := len(values)
	for group := range slices.Chunk(values, splitRows) {
		fewest = min(fewest, len(present(group, func(v any) any { return v })))
	}
	return fewest
}

// TestSuite runs the whole suite over the variants that differ most.
func TestSuite(t *testing.T) {
	for i, v := range variants() {
		switch v.name {
		case "default", "small pages without checksums", "library v2 dictionary given up midway", "library v1 delta":
		default:
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			storagetest.Run(t, storagetest.Format{
				Name: v.name, Open: parquetfile.Open, Normalize: nearest, SlackBytes: slackBytes, Brief: i > 0,
				Write: func(t testing.TB, path string, tab storagetest.Table, opt storagetest.WriteOptions) {
					if err := os.WriteFile(path, v.write(t, tab, opt.SplitRows), 0o600); err != nil {
						t.Fatal(err)
					}
				},
			})
		})
	}
}

// TestVariants reads back tables of every variant.
func TestVariants(t *testing.T) {
	for _, v := range variants() {
		for _, nulls := range storagetest.NullPatterns() {
			t.Run(v.name+", "+nulls.Name, func(t *testing.T) {
				tab := storagetest.Generate(storagetest.AllTypes(), 350, nulls, 8)
				file := openBytes(t, v.write(t, tab, 160))
				for _, maxRows := range []int{9, 64, 1000} {
					storagetest.Equal(t, storagetest.ReadAll(t, file, format.Request{Columns: tab.All(), MaxRows: maxRows}), nearest(tab))
				}
			})
		}
	}
}

// TestLargePages reads row groups of one page a column, which are not
// decompressed whole, in steps that fit neither the pages nor the slots.
func TestLargePages(t *testing.T) {
	huge := parquet.WithDataPageSize(1 << 30)
	for _, v := range []struct {
		name  string
		write func(t testing.TB, tab storagetest.Table) []byte
	}{
		{"snappy", ownOf(parquetfile.WriterOptions{PageBytes: 1 << 30, PageRows: 1 << 30, NoChecksums: true})},
		{"none", ownOf(parquetfile.WriterOptions{PageBytes: 1 << 30, PageRows: 1 << 30, NoChecksums: true, Compression: "none"})},
		{"with checksums", ownOf(parquetfile.WriterOptions{PageBytes: 1 << 30, PageRows: 1 << 30, DictionaryBytes: -1})},
		{"library v1 snappy", libraryOf(huge, parquet.WithCompression(compress.Codecs.Snappy))},
		{"library v2 snappy", libraryOf(huge, parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDataPageVersion(parquet.DataPageV2))},
		{"library v2 none", libraryOf(huge, parquet.WithDataPageVersion(parquet.DataPageV2))},
	} {
		for _, nulls := range []storagetest.Nulls{storagetest.NullPatterns()[0], storagetest.NullPatterns()[2]} {
			t.Run(v.name+", "+nulls.Name, func(t *testing.T) {
				tab := large(100_000, nulls)
				file := openBytes(t, v.write(t, tab))
				for _, maxRows := range []int{7777} {
					storagetest.Equal(t, storagetest.ReadAll(t, file, format.Request{Columns: tab.All(), MaxRows: maxRows}), tab)
				}
			})
		}
	}
}

// large is a table with random, few, and slowly growing values.
func large(rows int, nulls storagetest.Nulls) storagetest.Table {
	types := []chunk.Type{{ID: chunk.Float64}, {ID: chunk.Int64}, {ID: chunk.Float64}, {ID: chunk.Int32}, {ID: chunk.Int16}, {ID: chunk.Bool}}
	tab := storagetest.Generate(types, rows, nulls, 8)
	for r := range rows {
		for i, v := range map[int]any{2: int64(1e12 + 997*r), 3: float64(r*r%2000) / 4, 4: int32(r % 100_000), 5: int16(r % 7)} {
			if tab.Columns[i][r] != nil {
				tab.Columns[i][r] = v
			}
		}
	}
	return tab
}

func ownOf(opts parquetfile.WriterOptions) func(testing.TB, storagetest.Table) []byte {
	return func(t testing.TB, tab storagetest.Table) []byte { return ownFile(t, tab, opts) }
}

func libraryOf(props ...parquet.WriterProperty) func(testing.TB, storagetest.Table) []byte {
	return func(t testing.TB, tab storagetest.Table) []byte { return libraryFile(t, tab, tab.Rows, props) }
}

// nearest replaces the types that Parquet does not have.
func nearest(tab storagetest.Table) storagetest.Table {
	out := storagetest.Table{Rows: tab.Rows}
	for i, f := range tab.Schema {
		values := tab.Columns[i]
		scale := func(typ chunk.Type, change func(int64) any) {
			f.Type = typ
			values = make([]any, len(values))
			for r, v := range tab.Columns[i] {
				if v != nil {
					values[r] = change(v.(int64))
				}
			}
		}
		switch {
		case f.Type.ID == chunk.Date64:
			scale(chunk.Type{ID: chunk.Date32}, func(v int64) any { return int32(v / 86400000) })
		case f.Type.ID == chunk.Timestamp && f.Type.Unit == chunk.Second:
			scale(chunk.Type{ID: chunk.Timestamp, Unit: chunk.Millisecond, Zone: f.Type.Zone}, func(v int64) any { return v * 1000 })
		}
		out.Schema = append(out.Schema, f)
		out.Columns = append(out.Columns, values)
	}
	return out
}

// ownFile is the table written by this package.
func ownFile(t testing.TB, tab storagetest.Table, opts parquetfile.WriterOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := parquetfile.NewWriter(&out, tab.Schema, opts)
	if err != nil {
		t.Fatal(err)
	}
	// In parts, so that row groups and pages do not begin where chunks do.
	for from := 0; from < tab.Rows; from += 301 {
		part := tab.Slice(from, min(from+301, tab.Rows))
		c, _, err := arrowrecord.Chunk(storagetest.ArrowRecord(part, storagetest.ArrowSchema(part, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
