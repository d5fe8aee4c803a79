package exec

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"github.com/weir-pipeline/weir/pipeline/codec"
	"github.com/weir-pipeline/weir/pipeline/procs"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/format"
	"github.com/weir-pipeline/weir/storage/shm"
)

// Handoff is the medium through which chunks reach a worker: [Pipe] or [Mmap].
type Handoff interface {
	mode() string

	// files are what a worker inherits.
	files(arena *shm.Arena) []*os.File

	// open makes the sender for one worker, and the segments that it is told of
	// at once.
	open(j *Job) (sender, []*wire.Segment, error)
}

// sender hands chunks to one worker. It belongs to the worker's feeder, which
// calls it where faults of a mapped input are guarded.
type sender interface {
	send(conn *wire.Conn, m *wire.Message, c *chunk.Chunk, lane *timing.Lane) error
}

// Pipe copies every chunk through the worker's pipe, written by j.Codec.
func Pipe() Handoff { return pipe{} }

type pipe struct{}

func (pipe) mode() string { return "pipe" }

func (pipe) files(*shm.Arena) []*os.File { return nil }

func (pipe) open(j *Job) (sender, []*wire.Segment, error) {
	c, err := codec.New(j.Codec, j.Chain.Columns)
	if err != nil {
		return nil, nil, err
	}
	return &pipeSender{job: j, codec: c, lent: j.Codec == "" || j.Codec == "raw"}, nil, nil
}

type pipeSender struct {
	job   *Job
	codec codec.Codec
	lent  bool // payloads are the chunk's own buffers, which stay until the worker is done
}

func (s *pipeSender) send(conn *wire.Conn, m *wire.Message, c *chunk.Chunk, lane *timing.Lane) error {
	lane.Switch(timing.Encode)
	payload, err := s.codec.Encode(c, m)
	if err != nil {
		return err
	}
	lane.Switch(timing.Copy)
	if s.lent {
		err = conn.SendLent(m, payload...)
	} else {
		err = conn.Send(m, payload...)
	}
	s.job.Count.PipeBytes.Add(m.Bytes)
	return err
}

// Mmap hands over where a chunk's buffers lie: in the arena, which the worker
// inherits, or in an input file, which it maps itself.
func Mmap() Handoff { return mmap{} }

type mmap struct{}

// arenaSegment is the number of the arena in messages. Files follow.
const arenaSegment = 1

func (mmap) mode() string { return "mmap" }

func (mmap) files(arena *shm.Arena) []*os.File { return []*os.File{arena.File()} }

func (mmap) open(j *Job) (sender, []*wire.Segment, error) {
	arena := &wire.Segment{ID: arenaSegment, FD: procs.FirstExtraFD, SizeBytes: j.Memory.CapacityBytes()}
	s := &mmapSender{job: j, files: map[format.Mapped]int{}}
	return s, []*wire.Segment{arena}, nil
}

type mmapSender struct {
	job   *Job
	files map[format.Mapped]int // segment numbers of the files that the worker has mapped
}

func (s *mmapSender) send(conn *wire.Conn, m *wire.Message, c *chunk.Chunk, lane *timing.Lane) error {
	lane.Switch(timing.Encode)
	mapped := s.job.Source.Mapped(c.Split)
	file, err := s.fileSegment(conn, mapped)
	if err != nil {
		return err
	}
	locate := func(buf []byte) (wire.Extent, error) {
		if offset, ok := s.job.Memory.Locate(buf); ok {
			return wire.Extent{Segment: arenaSegment, Offset: offset, Length: int64(len(buf))}, nil
		}
		if mapped != nil {
			if offset, ok := locate(mapped.Mapping(), buf); ok {
				return wire.Extent{Segment: file, Offset: offset, Length: int64(len(buf))}, nil
			}
		}
		return wire.Extent{}, errors.New("internal error: a buffer lies neither in the arena nor in the input file")
	}
	for i := range c.Columns {
		d, err := wire.Describe(s.job.Chain.Columns[i].Name, &c.Columns[i], locate)
		if err != nil {
			return err
		}
		m.Columns = append(m.Columns, d)
	}
	s.job.Count.BytesShared.Add(c.SizeBytes())
	lane.Switch(timing.Copy)
	return conn.Send(m)
}

// fileSegment is the number of the mapped file, of which the worker is told
// before its first chunk.
func (s *mmapSender) fileSegment(conn *wire.Conn, mapped format.Mapped) (int, error) {
	if mapped == nil {
		return 0, nil
	}
	if id, ok := s.files[mapped]; ok {
		return id, nil
	}
	id := arenaSegment + 1 + len(s.files)
	segment, err := describeFile(id, mapped.Descriptor())
	if err != nil {
		return 0, err
	}
	s.files[mapped] = id
	return id, conn.Send(&wire.Message{Type: wire.SegmentOn, Segment: segment})
}

// describeFile names f for another process: by its path if that still leads to
// it, else (standard input, a file deleted since) through this process.
func describeFile(id int, f *os.File) (*wire.Segment, error) {
	byPath, err := wire.FileSegment(id, f, f.Name())
	if err != nil {
		return nil, err
	}
	if other, err := os.Open(f.Name()); err == nil {
		defer other.Close()
		if same, err := wire.SameFile(other, byPath); err == nil && same {
			return byPath, nil
		}
	}
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("%s cannot be mapped by a worker because its name does not lead to it: use --mode threads", f.Name())
	}
	byPath.Path = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd())
	return byPath, nil
}

// locate is the offset of buf within mapping.
func locate(mapping, buf []byte) (offset int64, ok bool) {
	if len(mapping) == 0 || len(buf) == 0 {
		return 0, false
	}
	base, at := uintptr(unsafe.Pointer(unsafe.SliceData(mapping))), uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	if at < base || at-base > uintptr(len(mapping)-len(buf)) || len(buf) > len(mapping) {
		return 0, false
	}
	return int64(at - base), true
}
