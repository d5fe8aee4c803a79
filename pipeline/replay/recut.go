package replay

import (
	"math"
	"time"
)

// minChunksPerLane is how finely a balanced run is cut at least.
const minChunksPerLane = 64

// maxRecutChunks bounds the chunks of a workload that has been cut again, but
// for one in each split.
const maxRecutChunks = 1 << 17

// Balanced is the run in which no lane is idle because of how the work was cut:
// all chunks are equal, their number is a multiple of the lanes and at least 64
// for each, and every chunk is a split of its own. What every step costs in
// total, opening splits too, and the bytes of all chunks stay.
func (w Workload) Balanced() Workload {
	var total Chunk
	var open Cost
	n := 0
	for _, s := range w.Splits {
		open = open.plus(s.Open)
		for i := range s.Chunks {
			total.add(s.Chunks[i])
		}
		n += len(s.Chunks)
	}
	if n == 0 {
		return w
	}
	lanes := max(w.Lanes, 1)
	n = max((n+lanes-1)/lanes, minChunksPerLane) * lanes
	chunks := make([]Chunk, n)
	w.Splits = make([]Split, n)
	for i := range chunks {
		p := part{int64(i), int64(i + 1), int64(n)}
		chunks[i] = total.part(p)
		w.Splits[i] = Split{Open: p.ofCost(open), Chunks: chunks[i : i+1 : i+1]}
	}
	return w
}

// Even is the run whose chunks keep their rows and bytes, while each row costs
// the same: the mean of the run. When no chunk has rows, chunks cost the same.
func (w Workload) Even() Workload {
	var total Chunk
	n := int64(0)
	for _, s := range w.Splits {
		for i := range s.Chunks {
			total.add(s.Chunks[i])
		}
		n += int64(len(s.Chunks))
	}
	whole := int64(total.Rows)
	if whole > 0 {
		n = 0
	} else {
		whole = n
	}
	done := int64(0)
	return w.eachChunk(func(c *Chunk) {
		weight := int64(max(c.Rows, 0))
		if n > 0 {
			weight = 1
		}
		p := part{done, min(saturate(done, weight), whole), whole}
		done = p.to
		even := total.part(p)
		even.Rows, even.Bytes = c.Rows, c.Bytes
		*c = even
	})
}

// Rechunk is the run whose splits are cut into chunks of the given rows, the
// last of a split into what is left. A chunk costs what is in fixed, however few
// rows it has, and what its rows cost: that is what the chunks they were in cost
// beyond fixed, in proportion to the rows. Bytes go the same way, and fixed.Rows
// is not used. Rows are raised where there would be more than 131,072 chunks.
func (w Workload) Rechunk(rows int, fixed Chunk) Workload {
	total := 0.0
	for _, s := range w.Splits {
		for i := range s.Chunks {
			total += float64(max(s.Chunks[i].Rows, 0))
		}
	}
	rows = max(rows, 1)
	if least := math.Ceil(total / maxRecutChunks); least >= math.MaxInt {
		rows = math.MaxInt
	} else {
		rows = max(rows, int(least))
	}
	splits := make([]Split, len(w.Splits))
	for i, s := range w.Splits {
		splits[i] = Split{Open: s.Open, Chunks: rechunked(s.Chunks, rows, fixed)}
	}
	w.Splits = splits
	return w
}

// rechunked pours the rows of chunks into chunks of the given rows. Chunks
// without rows go with the rows before them.
func rechunked(chunks []Chunk, rows int, fixed Chunk) []Chunk {
	var to []Chunk
	for i := range chunks {
		from := chunks[i].beyond(fixed)
		if from.Rows == 0 {
			if len(to) == 0 {
				to = append(to, Chunk{})
			}
			to[len(to)-1].add(from)
			continue
		}
		for poured := 0; poured < from.Rows; {
			if len(to) == 0 || to[len(to)-1].Rows == rows {
				to = append(to, Chunk{})
			}
			last := &to[len(to)-1]
			n := min(rows-last.Rows, from.Rows-poured)
			last.add(from.part(part{int64(poured), int64(poured + n), int64(from.Rows)}))
			poured += n
		}
	}
	fixed.Rows = 0
	for i := range to {
		to[i].add(fixed)
	}
	return to
}

// Resplit is the run whose chunks, in their order, are dealt to n splits of
// about equal rows, none of them empty. Each costs to open what splits cost in
// the mean.
func (w Workload) Resplit(n int) Workload {
	var chunks []Chunk
	var open Cost
	rows := int64(0)
	for _, s := range w.Splits {
		open = open.plus(s.Open)
		chunks = append(chunks, s.Chunks...)
	}
	n = min(max(n, 1), len(chunks))
	if n == 0 {
		return w
	}
	for i := range chunks {
		rows = saturate(rows, int64(max(chunks[i].Rows, 0)))
	}
	weight := func(c Chunk) int64 { return int64(max(c.Rows, 0)) }
	if rows == 0 {
		rows, weight = int64(len(chunks)), func(Chunk) int64 { return 1 }
	}
	open = Cost{open.CPU / time.Duration(len(w.Splits)), open.Blocked / time.Duration(len(w.Splits))}
	splits := make([]Split, n)
	begin, done := 0, int64(0)
	for i := range splits {
		target := part{0, int64(i + 1), int64(n)}.of(rows)
		end := begin
		for last := len(chunks) - (n - 1 - i); end < last; end++ {
			next := saturate(done, weight(chunks[end]))
			if i < n-1 && end > begin && next-target > target-done {
				break // without this chunk the split ends nearer to its share
			}
			done = next
		}
		splits[i] = Split{Open: open, Chunks: chunks[begin:end:end]}
		begin = end
	}
	w.Splits = splits
	return w
}
