package costmodel

import (
	"fmt"

	"github.com/weir-pipeline/weir/pipeline"
)

// Way is one way to run the job. What is zero is as the sampled job's options
// have it.
type Way struct {
	Mode             pipeline.Mode
	Codec            string // pipe only
	Workers          int
	ChunkRows        int
	MemoryLimitBytes int64
}

// String is the way as tables show it, such as "pipe/raw x2".
func (w Way) String() string {
	s := string(w.Mode)
	if w.Mode == pipeline.Pipe && w.Codec != "" {
		s += "/" + w.Codec
	}
	if w.Workers > 0 && w.Mode != pipeline.Sequential {
		s += fmt.Sprintf(" x%d", w.Workers)
	}
	return s
}
