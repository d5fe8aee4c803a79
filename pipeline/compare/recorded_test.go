package compare

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// However many runs there are, and however the median moves, one of those near
// it has its trace, and only three have.
func TestARunNearTheMedianKeepsItsTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, drift := range []float64{-1, 0, 1} {
		s := &Series{}
		for i := range 100 {
			wall := time.Duration((100 + drift*float64(i)/2 + 10*r.Float64()) * float64(time.Millisecond))
			s.Samples = append(s.Samples, Sample{Wall: wall})
			s.Reports = append(s.Reports, pipeline.Report{Wall: wall, Trace: &timing.Trace{}})
			s.dropTraces()
			kept := 0
			for _, rep := range s.Reports {
				if rep.Trace != nil {
					kept++
				}
			}
			if kept != min(3, i+1) {
				t.Fatalf("%d runs keep %d traces", i+1, kept)
			}
		}
		got := s.Recorded()
		if got == nil {
			t.Fatalf("drift %v: no run is recorded", drift)
		}
		if off := (got.Wall - medianOf(s.walls())).Abs(); off > 30*time.Millisecond {
			t.Errorf("drift %v: the recorded run is %v off the median", drift, off)
		}
	}
}
