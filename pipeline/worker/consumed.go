package worker

import (
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/shm"
)

// consumed is the parts of mapped input files that have been computed. They are
// forgotten some at a time: a worker that has read a file of any size then has a
// few chunks of it mapped.
//
// Note: it costs nothing. A page is unmapped here instead of when the worker
// ends, and by each worker for itself.
type consumed struct {
	buffers   [][]byte
	sizeBytes int64
}

// forgetBytes and forgetBuffers are from when on parts are forgotten. Calls for
// less than 1 MiB were found to slow the touching down.
const (
	forgetBytes   = 8 << 20
	forgetBuffers = 1024
)

// chunk adds the buffers of a chunk that lie in one of the files. Dictionaries
// are needed again.
func (p *consumed) chunk(c *chunk.Chunk, files []*shm.Segment) {
	for i := range c.Columns {
		col := &c.Columns[i]
		for _, b := range [...][]byte{col.Validity, col.Offsets, col.Values} {
			for _, f := range files {
				if f.Holds(b) {
					p.buffers = append(p.buffers, b)
					p.sizeBytes += int64(len(b))
				}
			}
		}
	}
	if p.sizeBytes < forgetBytes && len(p.buffers) < forgetBuffers {
		return
	}
	for _, b := range p.buffers {
		shm.Forget(b)
	}
	clear(p.buffers)
	p.buffers, p.sizeBytes = p.buffers[:0], 0
}
