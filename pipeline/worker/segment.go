package worker

import (
	"fmt"
	"os"

	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/shm"
)

// mapSegment maps a segment, which then stays mapped as long as the worker
// lives: an inherited descriptor, or a file that has to be the one the
// coordinator read.
func (w *server) mapSegment(s *wire.Segment) error {
	if !w.mmap {
		return fmt.Errorf("%w: a segment in mode pipe", wire.ErrProtocol)
	}
	if s == nil || s.ID <= 0 || s.SizeBytes < 0 || w.segments[s.ID] != nil {
		return fmt.Errorf("%w: a segment without a number of its own", wire.ErrProtocol)
	}
	f, err := w.open(s)
	if err != nil {
		return fmt.Errorf("mapping the input: %w", err)
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
	if s.FD == 0 {
		w.files = append(w.files, mapped)
	}
	return nil
}

// openSegment opens what s names: an inherited descriptor, which no other
// segment has then, or a file.
func openSegment(s *wire.Segment) (*os.File, error) {
	switch {
	case s.FD >= procs.FirstExtraFD:
		return os.NewFile(uintptr(s.FD), fmt.Sprintf("segment %d", s.ID)), nil
	case s.FD != 0:
		return nil, fmt.Errorf("%w: descriptor %d holds no segment", wire.ErrProtocol, s.FD)
	}
	return os.Open(s.Path)
}
