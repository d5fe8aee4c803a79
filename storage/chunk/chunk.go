package chunk

// Column is the rows of one field in a chunk. Buffers have the Arrow columnar
// layout, little-endian:
//
//	fixed width   Values    Len values of Type.ID.Width() bytes
//	Bool          Values    bitmap, row r is bit BitOffset+r, LSB first
//	String        Offsets   Len+1 int32 (int64 if WideOffsets), into Values
//	              Values    UTF-8 data
//	String, Dict  Values    Len int32 indices into Dict
//	any           Validity  bitmap, row r is bit BitOffset+r, 1 is valid; nil if Nulls is 0
//
// A column that a reader delivers is valid: buffers are long enough, offsets
// ascend within Values, indices are within Dict (an index under a null too).
// Offsets of a slice need not begin at 0. Kernels may rely on it.
//
// Kernels know a dictionary again by its address: another dictionary is another
// Column, never the same one filled anew.
type Column struct {
	Type        Type
	Len         int
	Nulls       int
	BitOffset   int // rows to skip in Validity, and in Values of a Bool; 0..7
	Validity    []byte
	Offsets     []byte
	Values      []byte
	WideOffsets bool
	Dict        *Column // String only: the dictionary, itself a String without Dict and without nulls
}

// Chunk is a run of rows of one split. Columns holds the columns that the
// request asked for, in the order it asked; it may be empty when only rows are
// counted. A Chunk is passed on, never shared for writing: whoever holds it
// calls Release exactly once.
type Chunk struct {
	Split    int   // the split's index in the dataset
	Index    int   // position of the chunk within its split, from 0
	FirstRow int64 // row number of the first row within the split, from 0
	Rows     int
	Columns  []Column

	leases []Lease
}

// Hold makes the chunk release l when it is released. The chunk takes over the
// caller's reference.
func (c *Chunk) Hold(l Lease) { c.leases = append(c.leases, l) }

// Held tells whether the chunk holds leased memory. One that does not points
// into a mapped file alone.
func (c *Chunk) Held() bool { return len(c.leases) > 0 }

// Release gives the chunk's memory back. Its columns must not be read after.
func (c *Chunk) Release() {
	leases := c.leases
	c.leases = c.leases[:0]
	clear(c.Columns)
	c.Columns = c.Columns[:0]
	c.Rows = 0
	for i, l := range leases {
		leases[i] = nil
		l.Release()
	}
}

// SizeBytes is the size of all buffers of the chunk, dictionaries included.
func (c *Chunk) SizeBytes() int64 {
	var n int64
	for i := range c.Columns {
		n += c.Columns[i].SizeBytes()
	}
	return n
}

// SizeBytes is the size of the column's buffers, its dictionary included.
func (c *Column) SizeBytes() int64 {
	n := int64(len(c.Validity) + len(c.Offsets) + len(c.Values))
	if c.Dict != nil {
		n += c.Dict.SizeBytes()
	}
	return n
}

// Buffers calls f with every non-empty buffer of the column, the dictionary's
// included.
func (c *Column) Buffers(f func(buf *[]byte)) {
	for _, b := range []*[]byte{&c.Validity, &c.Offsets, &c.Values} {
		if len(*b) > 0 {
			f(b)
		}
	}
	if c.Dict != nil {
		c.Dict.Buffers(f)
	}
}
