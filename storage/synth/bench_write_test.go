package synth

import (
	"context"
	"path/filepath"
	"testing"
)

// BenchmarkWrite is weir gen. The synchronisation with the disk is part of it.
func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"t.csv", "t.csv.zst", "t.parquet", "t.arrow"} {
		b.Run(name, func(b *testing.B) {
			const rows = 1_000_000
			path := filepath.Join(b.TempDir(), name)
			for range b.N {
				if err := Write(context.Background(), path, Table{Rows: rows, Seed: 1}, WriteOptions{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
