package parquetfile

import (
	"bytes"
	"context"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// TestPlainPagesOfACompressedColumn reads two columns in step whose version 2
// pages opt out of the compression of their column chunk, and are larger than
// what a column reads at a time.
func TestPlainPagesOfACompressedColumn(t *testing.T) {
	const rows = 300_000
	var content bytes.Buffer
	typ := chunk.Type{ID: chunk.Int64}
	w, err := NewWriter(&content, chunk.Schema{{Name: "a", Type: typ}, {Name: "b", Type: typ}}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	group := rowGroup{rows: rows}
	for column := range int64(2) {
		values := make([]int64, rows)
		for r := range values {
			values[r] = int64(r)*10 + column
		}
		page := thriftWriter{}
		page.begin()
		page.i32(1, dataPageV2)
		page.i32(2, 8*rows)
		page.i32(3, 8*rows)
		page.open(8)
		page.i32(1, rows)
		page.i32(2, 0)
		page.i32(3, rows)
		page.i32(4, int32(plain))
		page.i32(5, 0)
		page.i32(6, 0)
		page.bool(7, false)
		page.end()
		page.end()
		size := int64(len(page.buf) + 8*rows)
		group.columns = append(group.columns, columnChunk{physical: int64Type, codec: snappyCodec, encodings: []encoding{plain},
			values: rows, compressed: size, uncompressed: size, dataOffset: w.offset})
		w.write(append(page.buf, chunk.Bytes(values)...))
	}
	w.groups, w.total = append(w.groups, group), rows
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plain.parquet")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := Open(context.Background(), path, f, int64(content.Len()))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	req := format.Request{Columns: []int{0, 1}, MaxRows: 1000}
	r, err := file.Open(format.Split{}, req, chunk.Heap{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	row := int64(0)
	for {
		var c chunk.Chunk
		if err := r.Next(context.Background(), &c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range c.Rows {
			for column := range int64(2) {
				if got := chunk.View[int64](c.Columns[column].Values)[i]; got != row*10+column {
					t.Fatalf("row %d, column %d: %d", row, column, got)
				}
			}
			row++
		}
		c.Release()
	}
	if row != rows {
		t.Errorf("%d rows", row)
	}
}

// TestNullsAtTheEndsOfRuns reads columns whose validity comes in runs of every
// kind, with chunks that begin and end anywhere in them.
func TestNullsAtTheEndsOfRuns(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	for range 200 {
		rows := 1 + rng.Intn(400)
		levels, values := make([]uint32, rows), []int64{}
		for r, v := 0, uint32(1); r < rows; r++ {
			if rng.Intn(40) == 0 || r%64 > 50 && rng.Intn(2) == 0 {
				v = uint32(rng.Intn(2))
			}
			levels[r] = v
			if v == 1 {
				values = append(values, int64(1000+r))
			}
		}
		c := column{field: chunk.Field{Type: chunk.Type{ID: chunk.Int64}, Nullable: true}, meta: new(columnChunk),
			stored: leaf{physical: int64Type, width: 8, optional: true}}
		p := &c.page
		p.rows, p.nulls, p.plain, p.levels = rows, -1, true, newHybrid(encodeHybrid(rng, levels, 1), 1)
		p.in.set(chunk.Bytes(values))
		for row := 0; row < rows; {
			n := min(1+rng.Intn(90), rows-row)
			lease, err := chunk.Heap{}.Lease(context.Background(), c.upperBytes(n))
			if err != nil {
				t.Fatal(err)
			}
			out, err := c.fill(lease, n)
			if err != nil {
				t.Fatal(err)
			}
			nulls := 0
			for i := range n {
				valid := out.Validity == nil || out.Validity[i>>3]>>(i&7)&1 == 1
				if valid != (levels[row] == 1) || valid && chunk.View[int64](out.Values)[i] != int64(1000+row) {
					t.Fatalf("row %d is valid: %v, value %d", row, valid, chunk.View[int64](out.Values)[i])
				}
				if !valid {
					nulls++
				}
				row++
			}
			if out.Nulls != nulls {
				t.Fatalf("%d nulls, want %d", out.Nulls, nulls)
			}
		}
	}
}
