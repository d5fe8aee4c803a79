package synth

import (
	"context"
	"runtime"

	"github.com/weir-pipeline/weir/storage/chunk"
	"github.com/weir-pipeline/weir/storage/output"
)

// WriteOptions say how a table is written. The zero value is right.
type WriteOptions struct {
	output.Options
	Workers  int              // goroutines that make rows; 0 is one a processor
	Progress func(rows int64) // called with the rows written so far, from one goroutine; may be nil

	pieceRows int64 // for tests; 0 is pieceRows
}

// pieceRows is how many rows a goroutine makes at a time.
const pieceRows = 1 << 16

// Write writes the table to path, in the format that the name says. The file
// appears when it is complete. It is the same, byte for byte, with any number
// of workers.
func Write(ctx context.Context, path string, table Table, opts WriteOptions) error {
	g, err := New(table)
	if err != nil {
		return err
	}
	opts.KeepDictionaries = true // a table has one dictionary for all its rows
	out, err := output.Create(path, table.Schema(), opts.Options)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := g.write(ctx, out, opts); err != nil {
		return err
	}
	return out.Commit()
}

// encoded is a piece that is being made.
type encoded struct {
	from  int64
	rows  int
	piece output.Piece
	err   error
	done  chan struct{}
}

// write has the workers make pieces and appends them in order. At most two a
// worker are under way.
func (g *Generator) write(ctx context.Context, out *output.File, opts WriteOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	step := opts.pieceRows
	if step <= 0 {
		step = pieceRows
	}
	jobs, inOrder := make(chan *encoded), make(chan *encoded, 2*workers)
	go func() {
		defer close(jobs)
		defer close(inOrder)
		for from := int64(0); from < g.table.Rows; from += step {
			e := &encoded{from: from, rows: int(min(step, g.table.Rows-from)), done: make(chan struct{})}
			select {
			case inOrder <- e:
			case <-ctx.Done():
				return
			}
			jobs <- e // the workers take jobs until there are no more
		}
	}()
	for range workers {
		go func() {
			for e := range jobs {
				if e.err = ctx.Err(); e.err == nil {
					e.piece, e.err = g.encode(ctx, out, e)
				}
				close(e.done)
			}
		}()
	}
	var first error
	var rows int64
	for e := range inOrder {
		<-e.done
		switch {
		case e.err != nil && first == nil:
			first = e.err
		case e.err == nil && first != nil:
			e.piece.Release()
		case e.err == nil:
			first = out.Append(e.piece)
		}
		if first != nil {
			cancel()
			continue
		}
		rows += int64(e.rows)
		if opts.Progress != nil {
			opts.Progress(rows)
		}
	}
	if first == nil && rows < g.table.Rows {
		first = ctx.Err() // ended between two pieces
	}
	return first
}

func (g *Generator) encode(ctx context.Context, out *output.File, e *encoded) (output.Piece, error) {
	c := new(chunk.Chunk)
	if err := g.Fill(ctx, c, e.from, e.rows, nil, chunk.Heap{}); err != nil {
		return output.Piece{}, err
	}
	return out.Encode(c)
}
