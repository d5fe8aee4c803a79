package block

import (
	"fmt"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// Block is a run of rows of a chunk on its way through the stages: columns are
// widened when they are first asked for, rows that --where drops leave it, and
// derived columns join it. It owns the scratch memory of all its vectors and
// belongs to one goroutine.
//
//	chunk   [ . . . . . . . . . . . . . . ]
//	window        [start ... start+rows)       one Reset
//	kept            x x   x     x x            after Filter: rows holds their rows in the chunk
type Block struct {
	columns chunk.Schema

	chunk  *chunk.Chunk
	start  int
	window int // rows of the chunk that the block began with
	pass   uint64

	len      int     // rows kept
	filtered bool    // some row of the window was dropped
	rows     []int32 // filtered: row in the chunk of each kept row
	kept     []int32 // scratch of Filter

	loaded  []column  // the chunk's columns
	derived []*column // the first nDerive are of this block; the others keep their scratch
	nDerive int
}

// column is a vector with the scratch that it may use.
type column struct {
	vector Vector
	fresh  bool // vector holds the rows that the block has now

	words []uint64 // Rows values of 8 bytes, made when first needed
	bools []bool
	nulls []bool
	rows  []int32
}

// New is a Block for chunks with these columns, in the chunk's order. It holds
// no rows before Reset.
func New(columns chunk.Schema) *Block {
	return &Block{columns: columns, loaded: make([]column, len(columns))}
}

// Reset starts a new run: rows [start, start+rows) of c, at most Rows. Derived
// columns and dropped rows are forgotten, and so is every vector of the block.
func (b *Block) Reset(c *chunk.Chunk, start, rows int) {
	if start < 0 || rows < 0 || rows > Rows || start+rows > c.Rows {
		panic(fmt.Sprintf("block: rows [%d, %d) of a chunk of %d rows, at most %d at once", start, start+rows, c.Rows, Rows))
	}
	if len(c.Columns) != len(b.columns) {
		panic(fmt.Sprintf("block: a chunk of %d columns, not %d", len(c.Columns), len(b.columns)))
	}
	if c != b.chunk || start <= b.start {
		b.pass++ // a chunk is usually refilled in place, so its address says nothing
	}
	b.chunk, b.start, b.window = c, start, rows
	b.len, b.filtered, b.nDerive = rows, false, 0
	for i := range b.loaded {
		b.loaded[i].fresh = false
	}
}

// Len is the number of rows kept.
func (b *Block) Len() int { return b.len }

// Chunk is the chunk of the last Reset.
func (b *Block) Chunk() *chunk.Chunk { return b.chunk }

// Pass counts the walks over chunks: while it stays the same, dictionaries of
// the chunk's columns stay the same too.
func (b *Block) Pass() uint64 { return b.pass }

// ChunkRow is the row in the chunk of kept row i.
func (b *Block) ChunkRow(i int) int {
	if b.filtered {
		return int(b.rows[i])
	}
	return b.start + i
}

// ChunkRows is ChunkRow for all rows kept: they are first+rows[i], ascending, or
// first+i where rows is nil. rows is valid until the next Filter or Reset.
func (b *Block) ChunkRows() (first int, rows []int32) {
	if b.filtered {
		return 0, b.rows[:b.len]
	}
	return b.start, nil
}

// Column is column i of the chunk or, from len(columns) on, a derived one. It
// is valid until the next Filter or Reset; the caller must not change it.
// Float64, int64, uint64 and timestamp columns are not copied while all rows
// are kept, strings never.
func (b *Block) Column(i int) *Vector {
	if i >= len(b.loaded) {
		return &b.derived[:b.nDerive][i-len(b.loaded)].vector
	}
	c := &b.loaded[i]
	if !c.fresh {
		b.load(c, &b.chunk.Columns[i])
		c.fresh = true
	}
	return &c.vector
}

// Derive appends v as a column. v is not copied: its memory must stay as it is
// until the next Reset, as the result of an expression does whose evaluator is
// run once a block, and as the block's own columns do. v.Len must be b.Len().
func (b *Block) Derive(v *Vector) {
	if v.Len != b.len {
		panic(fmt.Sprintf("block: a derived column of %d rows in a block of %d", v.Len, b.len))
	}
	if b.nDerive == len(b.derived) {
		b.derived = append(b.derived, new(column)) // vectors handed out do not move
	}
	b.derived[b.nDerive].vector = *v
	b.nDerive++
}

// Filter keeps the rows where keep is true; null counts as false. Vectors taken
// from the block before are stale after, unless all rows were kept: take them
// again. keep may be a column of the block.
func (b *Block) Filter(keep *Vector) {
	if keep.Len != b.len || keep.Type.Kind != Bool && keep.Type.Kind != Null {
		panic(fmt.Sprintf("block: a %s filter of %d rows on a block of %d", keep.Type.Kind, keep.Len, b.len))
	}
	if b.kept == nil {
		b.kept, b.rows = make([]int32, Rows+8), make([]int32, Rows+8)
	}
	if allTrue(keep) {
		return
	}
	for i := range b.loaded {
		b.loaded[i].fresh = false
	}
	if !b.filtered && b.nDerive == 0 {
		b.filtered, b.len = true, positions(b.rows, keep, int32(b.start))
		return
	}
	n := positions(b.kept, keep, 0)
	kept := b.kept[:n]
	// A derived column may lie in the memory of an earlier one, never of a later
	// one, so the last is compacted first.
	for i := b.nDerive - 1; i >= 0; i-- {
		b.derived[i].compact(kept)
	}
	if b.filtered {
		for i, k := range kept {
			b.rows[i] = b.rows[k]
		}
	} else {
		for i, k := range kept {
			b.rows[i] = int32(b.start) + k
		}
	}
	b.filtered, b.len = true, n
}

func (c *column) wordScratch() []uint64 {
	if c.words == nil {
		c.words = make([]uint64, Rows)
	}
	return c.words
}

func (c *column) boolScratch() []bool {
	if c.bools == nil {
		c.bools = make([]bool, Rows)
	}
	return c.bools
}

func (c *column) nullScratch() []bool {
	if c.nulls == nil {
		c.nulls = make([]bool, Rows)
	}
	return c.nulls
}

func (c *column) rowScratch() []int32 {
	if c.rows == nil {
		c.rows = make([]int32, Rows)
	}
	return c.rows
}
