package parquetfile_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand"
	"testing"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

const benchRows = 1_000_000

// benchFile is a row group of one column of each kind.
func benchFile(b *testing.B, opts parquetfile.WriterOptions) []byte {
	b.Helper()
	rng := rand.New(rand.NewSource(1))
	doubles, sparse := make([]float64, benchRows), make([]float64, benchRows)
	ints, keys, small := make([]int64, benchRows), make([]int32, benchRows), make([]int16, benchRows)
	validity := make([]byte, chunk.BitmapBytes(benchRows))
	nulls := 0
	var text []byte
	offsets := []int32{0}
	for r := range benchRows {
		doubles[r] = math.Round(rng.NormFloat64()*1e6) / 1e6
		sparse[r] = math.Round(rng.NormFloat64() * 1e3)
		ints[r] = int64(r)
		keys[r] = int32(rng.Intn(100))
		small[r] = int16(rng.Intn(1000))
		if rng.Intn(10) == 0 {
			nulls++
		} else {
			chunk.SetBits(validity, r, 1)
		}
		text = fmt.Appendf(text, "row %d", rng.Intn(1e6))
		offsets = append(offsets, int32(len(text)))
	}
	cities := &chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: 100, Offsets: make([]byte, 404)}
	for i := range 100 {
		cities.Values = fmt.Appendf(cities.Values, "city %d", i)
		chunk.View[int32](cities.Offsets)[i+1] = int32(len(cities.Values))
	}
	schema := chunk.Schema{
		{Name: "double", Type: chunk.Type{ID: chunk.Float64}},
		{Name: "nullable", Type: chunk.Type{ID: chunk.Float64}, Nullable: true},
		{Name: "int", Type: chunk.Type{ID: chunk.Int64}},
		{Name: "small", Type: chunk.Type{ID: chunk.Int16}},
		{Name: "key", Type: chunk.Type{ID: chunk.String}, Nullable: true},
		{Name: "text", Type: chunk.Type{ID: chunk.String}},
	}
	c := chunk.Chunk{Rows: benchRows, Columns: []chunk.Column{
		{Type: schema[0].Type, Len: benchRows, Values: chunk.Bytes(doubles)},
		{Type: schema[1].Type, Len: benchRows, Values: chunk.Bytes(sparse), Validity: validity, Nulls: nulls},
		{Type: schema[2].Type, Len: benchRows, Values: chunk.Bytes(ints)},
		{Type: schema[3].Type, Len: benchRows, Values: chunk.Bytes(small)},
		{Type: schema[4].Type, Len: benchRows, Values: chunk.Bytes(keys), Dict: cities},
		{Type: schema[5].Type, Len: benchRows, Values: text, Offsets: chunk.Bytes(offsets)},
	}}
	var out bytes.Buffer
	opts.RowGroupRows = benchRows
	w, err := parquetfile.NewWriter(&out, schema, opts)
	if err == nil {
		err = w.Write(&c)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// recycler is a memory that hands out one extent again and again, as an arena
// under way does.
type recycler struct{ buf []byte }

func (m *recycler) CapacityBytes() int64 { return 1 << 30 }

func (m *recycler) Lease(_ context.Context, sizeBytes int64) (chunk.Lease, error) {
	l := &recycled{mem: m, buf: m.buf}
	if int64(len(l.buf)) < sizeBytes {
		l.buf = make([]byte, sizeBytes)
	}
	m.buf, l.rest = nil, l.buf
	return l, nil
}

type recycled struct {
	mem       *recycler
	buf, rest []byte
	more      int
}

func (l *recycled) Alloc(n int) []byte {
	b := l.rest[:n:n]
	l.rest = l.rest[chunk.AlignUp(int64(n)):]
	return b
}
func (l *recycled) Trim()   {}
func (l *recycled) Retain() { l.more++ }
func (l *recycled) Release() {
	if l.more--; l.more < 0 {
		l.mem.buf = l.buf
	}
}

// BenchmarkRead decodes one column of a million rows; Mrows/s is on one core.
func BenchmarkRead(b *testing.B) {
	for _, layout := range []struct {
		name string
		opts parquetfile.WriterOptions
	}{
		{"snappy", parquetfile.WriterOptions{}},
		{"snappy huge pages", parquetfile.WriterOptions{PageBytes: 100 << 20, PageRows: 1 << 30}},
		{"snappy huge pages without checksums", parquetfile.WriterOptions{PageBytes: 100 << 20, PageRows: 1 << 30, NoChecksums: true}},
		{"none", parquetfile.WriterOptions{Compression: "none"}},
		{"zstd", parquetfile.WriterOptions{Compression: "zstd"}},
	} {
		content := benchFile(b, layout.opts)
		f := openBytes(b, content)
		for i, field := range f.Schema() {
			b.Run(layout.name+"/"+field.Name, func(b *testing.B) {
				req := format.Request{Columns: []int{i}, MaxRows: 65536}
				splits, err := f.Splits(req)
				if err != nil {
					b.Fatal(err)
				}
				mem := new(recycler)
				b.SetBytes(f.RowGroups()[0].Columns[i].UncompressedBytes)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					readSplit(b, f, splits[0], req, mem)
				}
				b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			})
		}
	}
}

// BenchmarkReadFiltered decodes two columns behind a filter on the sorted one,
// a thousand rows of a million, with the page index and without.
func BenchmarkReadFiltered(b *testing.B) {
	content := benchFile(b, parquetfile.WriterOptions{})
	for _, name := range []string{"page index", "none"} {
		b.Run(name, func(b *testing.B) {
			f := openBytes(b, content)
			if name == "none" {
				f.ForgetPages(2)
			}
			iv := format.Interval{Column: 2, Lo: format.Bound{Int: 500_000}, Hi: format.Bound{Int: 501_000}}
			req := format.Request{Columns: []int{2, 0}, MaxRows: 65536, Prune: []format.Interval{iv}}
			mem := new(recycler)
			b.SetBytes(2 * 8 * benchRows)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for _, s := range must(f.Splits(req)) {
					readSplit(b, f, s, req, mem)
				}
			}
		})
	}
}

// BenchmarkReadEncodings decodes one nullable column of 200,000 rows as the
// Arrow library writes it.
func BenchmarkReadEncodings(b *testing.B) {
	const rows = 200_000
	tab := large(rows, storagetest.NullPatterns()[2])
	for _, layout := range []struct {
		name   string
		column int
		props  []parquet.WriterProperty
	}{
		{"plain double", 1, []parquet.WriterProperty{parquet.WithDictionaryDefault(false)}},
		{"dictionary of 2000 doubles", 3, nil},
		{"dictionary of 100000 int32", 4, nil},
		{"delta int64", 2, []parquet.WriterProperty{parquet.WithDictionaryDefault(false), parquet.WithEncodingFor("int64", parquet.Encodings.DeltaBinaryPacked)}},
	} {
		for pages, pageBytes := range map[string]int64{"small pages": 64 << 10, "one page": 1 << 30} {
			b.Run(layout.name+"/"+pages, func(b *testing.B) {
				props := append([]parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDataPageSize(pageBytes)}, layout.props...)
				f := openBytes(b, libraryFile(b, tab, rows, props))
				req := format.Request{Columns: []int{layout.column}, MaxRows: 65536}
				mem := new(recycler)
				b.SetBytes(rows * int64(f.Schema()[layout.column].Type.ID.Width()))
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					readSplit(b, f, must(f.Splits(req))[0], req, mem)
				}
			})
		}
	}
}

func readSplit(b *testing.B, f *parquetfile.File, split format.Split, req format.Request, mem chunk.Memory) {
	r, err := f.Open(split, req, mem, nil)
	if err != nil {
		b.Fatal(err)
	}
	var c chunk.Chunk
	for {
		if err := r.Next(context.Background(), &c); err == io.EOF {
			break
		} else if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLibrary is the Arrow library's ReadBatch over the same columns.
func BenchmarkLibrary(b *testing.B) {
	content := benchFile(b, parquetfile.WriterOptions{})
	for i, name := range []string{"double", "nullable", "int"} {
		b.Run(name, func(b *testing.B) {
			b.ResetTimer()
			values, ints, levels := make([]float64, 65536), make([]int64, 65536), make([]int16, 65536)
			for range b.N {
				f, err := file.NewParquetReader(bytes.NewReader(content))
				if err != nil {
					b.Fatal(err)
				}
				col, err := f.RowGroup(0).Column(i)
				if err != nil {
					b.Fatal(err)
				}
				for col.HasNext() {
					switch col := col.(type) {
					case *file.Float64ColumnChunkReader:
						_, _, err = col.ReadBatch(65536, values, levels, nil)
					case *file.Int64ColumnChunkReader:
						_, _, err = col.ReadBatch(65536, ints, levels, nil)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
