package worker

import (
	"fmt"
	"os"

	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/shm"
)

// mapSegment maps a segment, which then stays mapped as long as the worker
// lives: an inherited descriptor, or a file that has to be the one the
// coordinator read.
func (w *server) mapSegment(s *wire.Segment) error {
	if s == nil || s.ID <= 0 || s.SizeBytes < 0 || w.segments[s.ID] != nil {
		return fmt.Errorf("%w: a segment without a number of its own", wire.ErrProtocol)
	}
	var f *os.File
	if s.FD > 0 {
		f = os.NewFile(uintptr(s.FD), fmt.Sprintf("segment %d", s.ID))
	} else {
		var err error
		if f, err = os.Open(s.Path); err != nil {
			return fmt.Errorf("mapping the input: %w", err)
		}
	}
	defer f.Close() // the mapping stays
	if s.FD == 0 {
		same, err := wire.SameFile(f, s)
		if err != nil {
			return fmt.Errorf("mapping the input: %w", err)
		}
		if !same {
			return fmt.Errorf("mapping the input: %s changed while it was read", s.Path)
		}
	}
	mapped, err := shm.MapSegment(f, s.SizeBytes)
	if err != nil {
		return fmt.Errorf("segment %d: %w", s.ID, err)
	}
	w.segments[s.ID] = mapped
	return nil
}
