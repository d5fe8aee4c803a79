package csvfile

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
)

// table is a text of the shape that most measurements here use: an identifier,
// floats of several lengths with some nulls, a key and a time.
func table(rows int) string {
	r := rand.New(rand.NewPCG(1, 2))
	out := []byte("id,x,y,z,k,ts,f,price\n")
	ts := int64(1_700_000_000_000)
	for i := range rows {
		ts += 1 + int64(r.ExpFloat64()*40)
		out = strconv.AppendInt(out, int64(i), 10)
		out = strconv.AppendFloat(append(out, ','), r.NormFloat64(), 'f', 6, 64)
		out = strconv.AppendFloat(append(out, ','), math.Exp(0.5+0.75*r.NormFloat64()), 'f', 4, 64)
		out = append(out, ',')
		if r.Float64() >= 0.01 {
			out = strconv.AppendFloat(out, 2*r.NormFloat64(), 'f', 3, 64)
		}
		out = strconv.AppendInt(append(out, ','), int64(100*math.Pow(r.Float64(), 3)), 10)
		out = strconv.AppendInt(append(out, ','), ts, 10)
		out = strconv.AppendFloat(append(out, ','), r.Float64()*200-100, 'f', 3, 64)
		out = strconv.AppendFloat(append(out, ','), math.Exp(3+r.NormFloat64()), 'f', 2, 64)
		out = append(out, '\n')
	}
	return string(out)
}

// fullFloats are floats in their shortest exact form, 17 digits most of them.
func fullFloats(rows int) string {
	r := rand.New(rand.NewPCG(1, 2))
	out := []byte("a,b\n")
	for range rows {
		out = strconv.AppendFloat(out, r.NormFloat64(), 'g', -1, 64)
		out = strconv.AppendFloat(append(out, ','), r.Float64(), 'g', -1, 64)
		out = append(out, '\n')
	}
	return string(out)
}

// words are strings of several lengths, quoted if quote is.
func someWords(rows int, quote string) string {
	r := rand.New(rand.NewPCG(1, 2))
	out := []byte("a,b,c\n")
	for range rows {
		for k := range 3 {
			out = append(out, quote...)
			for range 1 + r.IntN(6*(k+1)) {
				out = append(out, byte('a'+r.IntN(26)))
			}
			out = append(out, quote...)
			out = append(out, ",,\n"[k])
		}
	}
	return string(out)
}

func times(rows int) string {
	out := []byte("d,t\n")
	for i := range rows {
		out = append(out, "2024-0"...)
		out = strconv.AppendInt(out, int64(1+i%9), 10)
		out = append(out, "-17,2024-11-22T20:35:1"...)
		out = strconv.AppendInt(out, int64(i%10), 10)
		out = append(out, ".123Z\n"...)
	}
	return string(out)
}

func BenchmarkRead(b *testing.B) {
	type bench struct {
		name    string
		text    string
		columns []int
	}
	tab := table(200_000)
	for _, c := range []bench{
		{"8 of 8 columns", tab, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{"2 of 8 columns", tab, []int{1, 7}},
		{"1 of 8 columns", tab, []int{1}},
		{"count only", tab, nil},
		{"ints", tab, []int{0, 4, 5}},
		{"floats", tab, []int{1, 2, 3, 6, 7}},
		{"floats of 17 digits", fullFloats(200_000), []int{0, 1}},
		{"strings", someWords(300_000, ""), []int{0, 1, 2}},
		{"quoted strings", someWords(300_000, `"`), []int{0, 1, 2}},
		{"dates and timestamps", times(300_000), []int{0, 1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := mustOpen(b, Options{}, c.text)
			req := format.Request{Columns: c.columns, MaxRows: 1 << 16, Parallel: 1}
			splits, err := file.Splits(req)
			if err != nil {
				b.Fatal(err)
			}
			mem := new(reused)
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for _, split := range splits {
					drain(b, file, split, req, mem)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	text := table(200_000)
	f, size := write(b, "t.csv", text)
	defer f.Close()
	for range b.N {
		if _, err := Open(context.Background(), "t.csv", f, size); err != nil {
			b.Fatal(err)
		}
	}
}

func drain(b *testing.B, file format.File, split format.Split, req format.Request, mem chunk.Memory) {
	r, err := file.Open(split, req, mem, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var c chunk.Chunk
	for {
		if err := r.Next(context.Background(), &c); err == io.EOF {
			return
		} else if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
}

// reused is a memory of one extent that is leased again and again, as an arena
// whose pages stay mapped.
type reused struct {
	buf  []uint64
	rest []byte
}

func (m *reused) Lease(_ context.Context, sizeBytes int64) (chunk.Lease, error) {
	if int64(len(m.buf))*8 < sizeBytes {
		m.buf = make([]uint64, sizeBytes/8+1)
	}
	m.rest = chunk.Bytes(m.buf)
	return m, nil
}
func (m *reused) CapacityBytes() int64 { return 1 << 40 }
func (m *reused) Alloc(n int) []byte {
	whole := chunk.AlignUp(int64(n))
	p := m.rest[:n:whole]
	m.rest = m.rest[whole:]
	return p
}
func (m *reused) Trim()    {}
func (m *reused) Retain()  {}
func (m *reused) Release() {}
