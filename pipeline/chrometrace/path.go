package chrometrace

import (
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// The stops of a chunk on its way.
const (
	decoded  = iota // by a reader or thread
	sent            // by a feeder
	computed        // by a worker or thread
	merged          // its rows, by a receiver or thread
	written         // its rows, by whichever lane had what came before them
	stops
)

// path is what the lanes of a run did with one chunk.
type path struct {
	read      bool // rows and sizeBytes are known
	rows      int32
	sizeBytes int64
	stops     [stops]stop
	returned  time.Duration // when the worker had done with it; 0 if unknown
}

// stop is the last span of one kind about a chunk; its End is 0 if there is none.
type stop struct {
	lane       int32
	start, end time.Duration
}

// paths are those of all chunks of a run.
type paths struct {
	all []path
	at  map[[2]int32]int32 // split, index -> all
}

// of is the path of a chunk, which stays where it is until the next chunk is
// added.
func (p *paths) of(split, index int32) *path {
	key := [2]int32{split, index}
	i, known := p.at[key]
	if !known {
		i = int32(len(p.all))
		p.at[key] = i
		p.all = append(p.all, path{})
	}
	return &p.all[i]
}

func pathsOf(t *timing.Trace) *paths {
	p := &paths{all: make([]path, 0, len(t.Chunks)), at: make(map[[2]int32]int32, len(t.Chunks))}
	for _, c := range t.Chunks {
		path := p.of(c.Split, c.Index)
		path.read, path.rows, path.sizeBytes = true, c.Rows, c.SizeBytes
	}
	for i, l := range t.Lanes {
		for _, s := range l.Recorded {
			if s.Split < 0 {
				continue
			}
			path := p.of(s.Split, s.Index)
			if kind, is := stopOf(l.Role, s.Category); is && s.End > path.stops[kind].end {
				path.stops[kind] = stop{int32(i), s.Start, s.End}
			}
			if l.Role == timing.Worker {
				path.returned = max(path.returned, s.End)
			}
		}
	}
	return p
}

// stopOf is which stop of a chunk a span about it is, if it is one.
func stopOf(role timing.Role, c timing.Category) (kind int, is bool) {
	switch c {
	case timing.Read, timing.Decode:
		return decoded, role != timing.Worker // what a worker decodes is a codec's
	case timing.Encode, timing.Copy:
		return sent, role == timing.Feeder
	case timing.Compute:
		return computed, true
	case timing.Merge:
		return merged, true
	case timing.Write:
		return written, true
	}
	return 0, false
}
