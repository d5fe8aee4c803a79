package replay_test

import (
	"fmt"
	"testing"

	"github.com/weir-pipeline/weir/pipeline/replay"
)

func BenchmarkRun(b *testing.B) {
	c := replay.Chunk{Rows: 1000, Bytes: 1 << 20, Read: blocked(1), Decode: cpu(3), Copy: cpu(1), Take: cpu(1), Compute: cpu(4), Return: cpu(1), Emit: cpu(1)}
	for _, size := range []struct {
		lanes    int
		handover bool
	}{{8, false}, {8, true}, {1024, false}, {1024, true}} {
		w := replay.Workload{
			Cores: 6, Lanes: size.lanes, Readers: size.lanes, Handover: size.handover, Queue: size.lanes, Ahead: 2,
			MemoryBytes: 4 * int64(size.lanes) << 20, Splits: splits(100_000, c),
		}
		b.Run(fmt.Sprintf("100000 chunks/%d lanes/handover=%v", size.lanes, size.handover), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				replay.Run(w)
			}
		})
	}
}
