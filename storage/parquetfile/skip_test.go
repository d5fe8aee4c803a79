package parquetfile_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/parquetfile"
	"github.com/weir-pipeline/weir/storage/storagetest"
)

// between asks for rows whose number is in [lo, hi].
func between(lo, hi int) format.Interval {
	return format.Interval{Column: 0, Lo: format.Bound{Int: int64(lo)}, Hi: format.Bound{Int: int64(hi)}}
}

// TestSkippedPages reads some rows of files of large pages and small, of columns
// that say where their pages are and of columns that do not.
func TestSkippedPages(t *testing.T) {
	for _, nulls := range []storagetest.Nulls{storagetest.NullPatterns()[0], storagetest.NullPatterns()[2], storagetest.NullPatterns()[6]} {
		tab := large(60_000, nulls)
		for _, layout := range []struct {
			name string
			opts parquetfile.WriterOptions
		}{
			{"pages of 200 kB, snappy", parquetfile.WriterOptions{PageBytes: 200_000, NoChecksums: true}},
			{"pages of 200 kB, none", parquetfile.WriterOptions{PageBytes: 200_000, NoChecksums: true, Compression: "none"}},
			{"pages of 200 kB, checksums", parquetfile.WriterOptions{PageBytes: 200_000, PageRows: 17_000}},
			{"pages of 1000 rows", parquetfile.WriterOptions{PageRows: 1000, Compression: "zstd"}},
		} {
			content := ownFile(t, tab, layout.opts)
			for _, forgotten := range []bool{false, true} {
				t.Run(fmt.Sprint(layout.name, ", ", nulls.Name, ", forgotten ", forgotten), func(t *testing.T) {
					f := openBytes(t, content)
					if forgotten {
						for i := 1; i < len(tab.Schema); i++ {
							f.ForgetPages(i)
						}
					}
					for _, iv := range []format.Interval{between(0, 10), between(59_990, 1<<40), between(30_000, 30_100), between(17_001, 40_000), between(70_000, 80_000)} {
						req := format.Request{Columns: tab.All(), MaxRows: 7777, Prune: []format.Interval{iv}}
						if rows := storagetest.Prune(t, f, tab, req); rows == tab.Rows {
							t.Errorf("%+v: no row was left out", iv)
						}
					}
				})
			}
		}
	}
}

// TestRangesApart asks for rows in many parts of a row group: the column "part"
// has 3 in every fourth page or so. Texts have a dictionary, none, or one that
// is given up.
func TestRangesApart(t *testing.T) {
	const rows = 20_000
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.Int32}, {ID: chunk.String}, {ID: chunk.Bool}, {ID: chunk.Int8}, {ID: chunk.Float64}}, rows, storagetest.NullPatterns()[6], 4)
	rng := rand.New(rand.NewSource(1))
	part := int32(0)
	for r := range rows {
		if r%130 == 0 {
			part = int32(rng.Intn(4))
		}
		tab.Columns[1][r] = part
	}
	req := format.Request{Columns: tab.All(), Prune: []format.Interval{{Column: 1, Lo: format.Bound{Int: 3}, Hi: format.Bound{Int: 3}}, between(333, 19_000)}}
	for _, opts := range []parquetfile.WriterOptions{
		{PageRows: 100}, {PageRows: 100, DictionaryBytes: -1}, {PageBytes: 400, DictionaryBytes: 150}, {PageRows: 130, Compression: "none", RowGroupRows: 9000},
	} {
		for _, forgotten := range []int{0, 2, 5} {
			f := openBytes(t, ownFile(t, tab, opts))
			if forgotten > 0 {
				f.ForgetPages(forgotten)
			}
			for _, req.MaxRows = range []int{7, 64, 200} {
				got := storagetest.Prune(t, f, tab, req)
				if got > rows/2 {
					t.Errorf("%+v: %d of %d rows were delivered", opts, got, rows)
				}
			}
		}
	}
}

// TestSplitsSayWhatIsRead compares what splits say with what the meter counts.
func TestSplitsSayWhatIsRead(t *testing.T) {
	tab := large(100_000, storagetest.NullPatterns()[0])
	content := ownFile(t, tab, parquetfile.WriterOptions{PageRows: 2000})
	f := openBytes(t, content)
	req := format.Request{Columns: []int{0, 1, 2}, MaxRows: 1000, Prune: []format.Interval{between(50_500, 51_500)}}
	splits := must(f.Splits(req))
	if len(splits) != 1 || splits[0].Rows != 2000 || splits[0].SizeBytes > 3*2100*8 {
		t.Fatalf("got %+v", splits)
	}
	meter := new(byteMeter)
	r, err := f.Open(splits[0], req, chunk.Heap{}, meter)
	if err != nil {
		t.Fatal(err)
	}
	var c chunk.Chunk
	rows := 0
	for r.Next(context.Background(), &c) == nil {
		rows += c.Rows
		c.Release()
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if rows != 2000 || meter.bytes != splits[0].SizeBytes {
		t.Errorf("%d rows, %d bytes read; the split says %d rows, %d bytes", rows, meter.bytes, splits[0].Rows, splits[0].SizeBytes)
	}
}

type byteMeter struct {
	format.NoMeter
	bytes int64
}

func (m *byteMeter) Read(sizeBytes int64) { m.bytes += sizeBytes }

// TestDamagedPageIndex flips each bit of a page index. It must not make a panic;
// what is read of a file without a filter stays the same.
func TestDamagedPageIndex(t *testing.T) {
	tab := storagetest.Generate([]chunk.Type{{ID: chunk.Int64}, {ID: chunk.String}}, 60, storagetest.NullPatterns()[6], 4)
	content := ownFile(t, tab, parquetfile.WriterOptions{PageRows: 10})
	from, to := openBytes(t, content).PageIndexBytes()
	if to-from < 200 {
		t.Fatalf("a page index of %d bytes", to-from)
	}
	failed, fewer := 0, 0
	for at := from; at < to; at++ {
		for bit := range 8 {
			damaged := bytes.Clone(content)
			damaged[at] ^= 1 << bit
			f, err := tryOpen(t, damaged)
			if err != nil {
				t.Fatalf("byte %d: %v", at, err)
			}
			for _, iv := range []format.Interval{between(25, 34), between(0, 5), between(58, 59)} {
				rows, err := drain(f, format.Request{Columns: tab.All(), MaxRows: 7, Prune: []format.Interval{iv}}, chunk.Heap{})
				switch {
				case err != nil:
					failed++
				case rows < 2:
					fewer++
				}
			}
			rows, err := drain(f, format.Request{Columns: tab.All(), MaxRows: 7}, chunk.Heap{})
			if rows != tab.Rows || err != nil {
				t.Errorf("byte %d: without a filter %d rows, %v", at, rows, err)
			}
			f.Close()
		}
	}
	t.Logf("of %d flips, %d readings failed and %d had fewer rows", 8*(to-from), failed, fewer)
	if failed == 0 {
		t.Error("no damage was found")
	}
}
