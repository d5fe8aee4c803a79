// Package wire is the worker protocol: JSON lines on an inherited descriptor,
// some of them followed by bytes. PROTOCOL.md at the top of the repository
// specifies it for programs in any language; the conversations there are
// replayed by this package's tests.
//
//	coordinator                                     worker
//	{"type":"hello",...}            ------------>
//	                                <------------   {"type":"ready",...}
//	{"type":"segment",...}          ------------>   (mmap mode, before its first use)
//	{"type":"chunk",...,"bytes":N}  ------------>
//	N bytes (pipe mode)             ------------>
//	                                <------------   {"type":"done","id":...,"bytes":M} M bytes of rows
//	{"type":"flush"}                ------------>
//	                                <------------   {"type":"partial",...,"bytes":M} M bytes
//	{"type":"end"}                  ------------>
//	                                <------------   {"type":"profile",...,"bytes":M} M bytes (if hello asks for it)
//	                                <------------   {"type":"bye",...}
//
// A worker that cannot go on sends {"type":"error",...} and ends.
package wire

import (
	"encoding/json"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Version is the protocol's version. A worker of another version refuses.
const Version = 1

// Type tells messages apart.
type Type string

// The messages of the coordinator, then those of the worker.
const (
	Hello     Type = "hello"
	SegmentOn Type = "segment"
	ChunkData Type = "chunk"
	Flush     Type = "flush"
	End       Type = "end"

	Ready   Type = "ready"
	Done    Type = "done"
	Partial Type = "partial"
	Profile Type = "profile"
	Bye     Type = "bye"
	Failed  Type = "error"
)

// Message is any message of the protocol: Type says which of the other fields
// count. Bytes is the length of the payload that follows the line.
type Message struct {
	Type  Type  `json:"type"`
	Bytes int64 `json:"bytes,omitempty"`

	// hello
	Version      int             `json:"version,omitempty"`
	Name         string          `json:"name,omitempty"`
	Mode         string          `json:"mode,omitempty"`
	Codec        string          `json:"codec,omitempty"`
	StartedNano  int64           `json:"started_ns,omitempty"` // Unix time at which the process was created
	MemoryLimit  int64           `json:"memory_limit_bytes,omitempty"`
	PartialLimit int64           `json:"partial_limit_bytes,omitempty"`
	TraceSpans   int             `json:"trace_spans,omitempty"` // most spans that bye may bring
	Processor    int             `json:"processor,omitempty"`   // to stay on, from 1, of those that the worker may use
	CPUProfile   bool            `json:"cpu_profile,omitempty"`
	HeapProfile  bool            `json:"heap_profile,omitempty"`
	Chain        json.RawMessage `json:"chain,omitempty"`

	// ready
	Pid int `json:"pid,omitempty"`

	// segment
	Segment *Segment `json:"segment,omitempty"`

	// chunk, done, error
	ID       int64    `json:"id,omitempty"`
	Split    int      `json:"split,omitempty"`
	Index    int      `json:"index,omitempty"`
	FirstRow int64    `json:"first_row,omitempty"`
	Rows     int      `json:"rows,omitempty"`
	Columns  []Column `json:"columns,omitempty"`

	// partial, bye
	SpansNano    map[string]int64 `json:"spans_ns,omitempty"`
	LifetimeNano int64            `json:"lifetime_ns,omitempty"`
	CopiedBytes  int64            `json:"copied_bytes,omitempty"`
	Usage        *Usage           `json:"usage,omitempty"`
	DroppedSpans int              `json:"dropped_spans,omitempty"`

	// profile, error
	Kind    string `json:"kind,omitempty"` // of a profile: cpu, heap; of an error: data, stage, limit, internal
	Message string `json:"message,omitempty"`
}

// Usage is what the operating system counted for a worker's thread.
type Usage struct {
	Categories          map[string]CategoryUsage `json:"categories,omitempty"` // by the names of spans_ns
	VoluntarySwitches   int64                    `json:"voluntary_switches,omitempty"`
	InvoluntarySwitches int64                    `json:"involuntary_switches,omitempty"`
	GCNano              int64                    `json:"gc_ns,omitempty"` // processor time of garbage collection
}

// CategoryUsage is what was counted in one category.
type CategoryUsage struct {
	BoundNano   int64 `json:"bound_ns,omitempty"` // time for which it was counted
	CPUNano     int64 `json:"cpu_ns,omitempty"`   // processor time within it
	MinorFaults int64 `json:"minor_faults,omitempty"`
	MajorFaults int64 `json:"major_faults,omitempty"`
}

// Segment is a mapping that chunks refer to by ID: an inherited descriptor, or
// a file that the worker opens itself and checks to be the one meant.
type Segment struct {
	ID        int    `json:"id"`
	SizeBytes int64  `json:"size_bytes"`
	FD        int    `json:"fd,omitempty"`
	Path      string `json:"path,omitempty"`
	Device    uint64 `json:"device,omitempty"`
	Inode     uint64 `json:"inode,omitempty"`
	ModNano   int64  `json:"mtime_ns,omitempty"`
}

// Column describes one column of a chunk to another process. Offsets are into
// the segment of the extent, or, where the bytes follow the message, into them.
type Column struct {
	Name      string  `json:"name"`
	Type      string  `json:"type"`
	Unit      string  `json:"unit,omitempty"`
	Zone      string  `json:"zone,omitempty"`
	Rows      int     `json:"rows"`
	Nulls     int     `json:"null_count"`
	BitOffset int     `json:"bit_offset,omitempty"`
	Wide      bool    `json:"wide_offsets,omitempty"`
	Validity  *Extent `json:"validity,omitempty"`
	Offsets   *Extent `json:"offsets,omitempty"`
	Values    *Extent `json:"values,omitempty"`
	Dict      *Column `json:"dictionary,omitempty"`
}

// Extent is where a buffer lies.
type Extent struct {
	Segment int   `json:"segment"` // 0: the bytes that follow the message
	Offset  int64 `json:"offset"`
	Length  int64 `json:"length"`
}

// Describe is column c of a chunk as a message says it; locate tells where a
// buffer lies.
func Describe(name string, c *chunk.Column, locate func(buf []byte) (Extent, error)) (Column, error) {
	d := Column{Name: name, Type: c.Type.ID.String(), Rows: c.Len, Nulls: c.Nulls, BitOffset: c.BitOffset, Wide: c.WideOffsets}
	if c.Type.ID == chunk.Timestamp {
		d.Unit, d.Zone = c.Type.Unit.String(), c.Type.Zone
	}
	for _, b := range []struct {
		buf []byte
		to  **Extent
	}{{c.Validity, &d.Validity}, {c.Offsets, &d.Offsets}, {c.Values, &d.Values}} {
		if len(b.buf) == 0 {
			continue
		}
		at, err := locate(b.buf)
		if err != nil {
			return Column{}, err
		}
		*b.to = &at
	}
	if c.Dict != nil {
		dict, err := Describe("", c.Dict, locate)
		if err != nil {
			return Column{}, err
		}
		d.Dict = &dict
	}
	return d, nil
}
