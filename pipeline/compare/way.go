package compare

import (
	"fmt"

	"github.com/weir-pipeline/weir/pipeline"
)

// Way is one way to run the job.
type Way struct {
	Mode      pipeline.Mode
	Codec     string // pipe only
	Workers   int    // 0: the default
	ChunkRows int    // 0: the default
	Repeat    int    // 2 for the second entry of the same way, and so on; else 0
}

// String is the way as tables show it: mode, codec, and what was asked for.
func (w Way) String() string {
	s := string(w.Mode)
	if w.Mode == pipeline.Pipe && w.Codec != "" {
		s += "/" + w.Codec
	}
	if w.Workers > 0 && w.Mode != pipeline.Sequential {
		s += fmt.Sprintf(" x%d", w.Workers)
	}
	if w.ChunkRows > 0 {
		s += fmt.Sprintf(" @%d", w.ChunkRows)
	}
	if w.Repeat > 0 {
		s += fmt.Sprintf(" #%d", w.Repeat)
	}
	return s
}

// Apply is o with the way's mode, codec, workers and rows in a chunk. Strict
// zero copy is asked of mode mmap alone: the others are there to be compared
// with.
func (w Way) Apply(o pipeline.Options) pipeline.Options {
	o.Mode, o.Codec, o.Workers, o.ChunkRows = w.Mode, w.Codec, w.Workers, w.ChunkRows
	o.StrictZeroCopy = o.StrictZeroCopy && w.Mode == pipeline.Mmap
	return o
}

// Ways are the combinations to run. What is listed twice is run twice, so that
// a way can be compared with itself.
func (o Options) Ways() []Way {
	var ways []Way
	seen := map[Way]int{}
	for _, mode := range orDefault(o.Modes, pipeline.Modes()...) {
		codecs, workers := []string{""}, orDefault(o.Workers, 0)
		switch mode {
		case pipeline.Pipe:
			codecs = orDefault(o.Codecs, "raw")
		case pipeline.Sequential:
			workers = []int{0}
		}
		for _, codec := range codecs {
			for _, n := range workers {
				for _, rows := range orDefault(o.ChunkRows, 0) {
					w := Way{Mode: mode, Codec: codec, Workers: n, ChunkRows: rows}
					seen[w]++
					if n := seen[w]; n > 1 {
						w.Repeat = n
					}
					ways = append(ways, w)
				}
			}
		}
	}
	return ways
}

func orDefault[T any](list []T, otherwise ...T) []T {
	if len(list) == 0 {
		return otherwise
	}
	return list
}
