package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/stages/result"
)

// fixed is what every chunk costs, in seconds, however few rows it has.
type fixed struct {
	read, decode, compute float64

	// warm is what computing a row takes when its memory has been touched before,
	// by what it takes the first time: 1 if that makes no difference.
	warm float64
}

const (
	coarsePart = 4  // of the plan's chunk rows
	finePart   = 16 // of the plan's chunk rows
)

// fixedCosts reads and computes the same rows over and over, in chunks of a
// fourth and of a sixteenth of the planned size. Two chunks of a and b rows cost
// f + a*r and f + b*r: the median costs of both give f. The first chunk of a
// split pays for things that have nothing to do with its rows, so that it is
// left out.
func (p *probe) fixedCosts(ctx context.Context) (fixed, error) {
	f := fixed{warm: 1}
	rows := p.plan.request.MaxRows
	coarse, fine := max(rows/coarsePart, 1), max(rows/finePart, 1)
	if coarse < 2*fine {
		return f, nil
	}
	until := time.Now().Add(p.budget * 2 / 10)
	var coarseSeen, fineSeen []observed // warm
	var cold []observed                 // coarse, touched for the first time
	for pass := 0; pass < 3 || time.Now().Before(until); pass++ {
		for _, size := range []int{fine, coarse} {
			seen, err := p.again(ctx, size, rows/size)
			if err != nil {
				return f, err
			}
			switch {
			case pass == 0 && size == coarse:
				cold = append(cold, seen...)
			case pass == 0: // warms up caches and code
			case size == coarse:
				coarseSeen = append(coarseSeen, seen...)
			default:
				fineSeen = append(fineSeen, seen...)
			}
		}
		if pass == 1 && time.Now().After(until) {
			break // each takes long, so that what is the same for all chunks does not matter
		}
	}
	coarseSeen, fineSeen = ofRows(coarseSeen), ofRows(fineSeen)
	if len(coarseSeen) == 0 || len(fineSeen) == 0 || coarseSeen[0].rows <= fineSeen[0].rows {
		return f, nil
	}
	solve := func(cost func(observed) time.Duration) float64 {
		a, b := float64(coarseSeen[0].rows), float64(fineSeen[0].rows)
		big, small := medianOf(coarseSeen, cost), medianOf(fineSeen, cost)
		return min(max((small-big*b/a)/(1-b/a), 0), small)
	}
	f.read = solve(func(o observed) time.Duration { return o.read.cpu })
	f.decode = solve(func(o observed) time.Duration { return o.decode.cpu })
	f.compute = solve(func(o observed) time.Duration { return o.compute.cpu })
	computing := func(o observed) time.Duration { return o.compute.cpu }
	if cold = ofRows(cold); len(cold) > 0 && !cold[0].leased {
		first, later := medianOf(cold, computing)-f.compute, medianOf(coarseSeen, computing)-f.compute
		if first > 0 && later > 0 {
			f.warm = min(later/first, 1)
		}
	}
	return f, nil
}

// again reads and computes one split in chunks of the given rows, and returns
// all chunks but the first. It takes the split that is visited last, so that it
// is new to nobody else if there are some.
func (p *probe) again(ctx context.Context, chunkRows, chunks int) ([]observed, error) {
	v := p.newVisits(chunkRows, p.budget/2)
	v.maxChunks = chunks + 1
	splits, err := p.plan.dataset.Splits(v.request)
	if err != nil || len(splits) == 0 {
		return nil, err
	}
	order := spread(splits)
	v.splits = splits[order[len(order)-1]:][:1]
	if err := p.run(ctx, v, 1); err != nil {
		return nil, err
	}
	var seen []observed
	for _, at := range v.visited {
		seen = append(seen, at.chunks[min(1, len(at.chunks)):]...)
	}
	return seen, nil
}

// ofRows are the chunks with as many rows as most have.
func ofRows(seen []observed) []observed {
	counts := map[int]int{}
	best := 0
	for _, o := range seen {
		counts[o.rows]++
		if counts[o.rows] > counts[best] || counts[o.rows] == counts[best] && o.rows > best {
			best = o.rows
		}
	}
	return slices.DeleteFunc(slices.Clone(seen), func(o observed) bool { return o.rows != best })
}

// medianOf is the median cost of chunks in seconds.
func medianOf(seen []observed, cost func(observed) time.Duration) float64 {
	costs := make([]float64, len(seen))
	for i, o := range seen {
		costs[i] = cost(o).Seconds()
	}
	return median(costs)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// fill makes the sample of what was seen.
func (p *probe) fill(s *Sample, f fixed, alone, together *visits) {
	s.Alone = costsOf(alone.visited, f)
	s.Places = placesOf(alone.visited)
	if together != nil {
		if c := costsOf(together.visited, f); c.Rows > 0 {
			s.Together = &c
			s.Places = append(s.Places, placesOf(together.visited)...)
		}
	}
	slices.SortFunc(s.Places, func(a, b Place) int { return cmp.Compare(a.Split, b.Split) })

	var bytes, text, resultBytes, resultRows int64
	var emit time.Duration
	var openings []float64
	var cpu, wall time.Duration
	for _, v := range []*visits{alone, together} {
		if v == nil {
			continue
		}
		resultBytes, resultRows, emit = resultBytes+v.resultBytes, resultRows+v.resultRows, emit+v.emitCPU
		for _, at := range v.visited {
			openings = append(openings, at.opening.cpu.Seconds())
			for _, o := range at.chunks {
				s.Chunks++
				s.Rows += int64(o.rows)
				bytes, text = bytes+o.sizeBytes, text+o.textBytes
				s.Chunk.Leases = s.Chunk.Leases || o.leased
				s.Chunk.Dictionaries = s.Chunk.Dictionaries || o.dictionaries
				for _, t := range []span{o.read, o.decode, o.compute} {
					if t.blocked() == 0 {
						cpu, wall = cpu+t.cpu, wall+t.wall
					}
				}
			}
		}
	}
	s.Chunk.Columns = len(s.Outline.Columns)
	s.Chunk.Mapped = p.mapped()
	s.SplitSeconds = median(openings)
	if s.Rows > 0 {
		rows := float64(s.Rows)
		s.Chunk.RowBytes = float64(bytes) / rows
		s.Result = RowsShape{Share: float64(resultRows) / rows, RowBytes: float64(resultBytes) / rows, EmitSeconds: emit.Seconds() / rows}
	}
	if bytes > 0 {
		s.Chunk.TextShare = float64(text) / float64(bytes)
	}
	if wall > 0 {
		s.CPUShare = min(float64(cpu)/float64(wall), 1)
	}
	p.countRows(s)
}

// countRows adds up the rows of the splits, and estimates those of splits that do
// not say.
func (p *probe) countRows(s *Sample) {
	var unknownBytes int64
	for _, split := range p.plan.splits {
		if split.Rows >= 0 {
			s.TotalRows += split.Rows
		} else {
			unknownBytes += split.SizeBytes
		}
	}
	var rows, fileBytes float64
	for _, at := range p.seen {
		r, b := at.density()
		rows, fileBytes = rows+r, fileBytes+b
	}
	if rows > 0 {
		s.Chunk.FileBytes = fileBytes / rows
	}
	if unknownBytes > 0 {
		s.Estimated = true
		if fileBytes > 0 {
			s.TotalRows += int64(math.Round(float64(unknownBytes) * rows / fileBytes))
		}
		complete := len(p.seen) == len(p.plan.splits)
		for _, at := range p.seen {
			complete = complete && at.complete
		}
		s.Estimated = !complete
		if complete {
			s.TotalRows = s.Rows
		}
	}
}

// density is how many rows were seen in how many bytes of the input.
func (v *visited) density() (rows, fileBytes float64) {
	for _, o := range v.chunks {
		rows += float64(o.rows)
	}
	switch {
	case rows == 0:
		return 0, 0
	case v.complete:
		return rows, float64(v.split.SizeBytes)
	case v.split.Rows > 0:
		return rows, float64(v.split.SizeBytes) * rows / float64(v.split.Rows)
	}
	return rows, float64(v.fileBytes) // a reader may be ahead by a block
}

// rows is how many rows the split has, as well as it is known.
func (v *visited) rows() float64 {
	if v.split.Rows >= 0 {
		return float64(v.split.Rows)
	}
	rows, fileBytes := v.density()
	if v.complete || fileBytes == 0 {
		return rows
	}
	return max(rows, rows*float64(v.split.SizeBytes)/fileBytes)
}

// whole is what the whole split would have taken, in seconds: the first chunk
// pays for others, the rest go by their rows.
func (v *visited) whole(cost func(observed) float64) float64 {
	var first, rest, firstRows, restRows float64
	for i, o := range v.chunks {
		if i == 0 {
			first, firstRows = cost(o), float64(o.rows)
		} else {
			rest, restRows = rest+cost(o), restRows+float64(o.rows)
		}
	}
	left := max(v.rows()-firstRows, 0)
	switch {
	case restRows > 0:
		return first + rest*left/restRows
	case firstRows > 0:
		return first * (firstRows + left) / firstRows
	}
	return first
}

// costsOf fits costs to what was seen.
func costsOf(seen []visited, f fixed) Costs {
	var c Costs
	var rows, chunks float64
	for i := range seen {
		c.Chunks += int64(len(seen[i].chunks))
		for _, o := range seen[i].chunks {
			c.Rows += int64(o.rows)
		}
		rows += seen[i].rows()
	}
	if rows == 0 || c.Rows == 0 {
		return c
	}
	chunks = float64(c.Chunks) * rows / float64(c.Rows)
	fit := func(fixed float64, of func(observed) span) StepCost {
		var cpu, blocked float64
		for i := range seen {
			cpu += seen[i].whole(func(o observed) float64 { return of(o).cpu.Seconds() })
			blocked += seen[i].whole(func(o observed) float64 { return of(o).blocked().Seconds() })
		}
		fixed = min(fixed, cpu/chunks)
		return StepCost{
			ChunkSeconds: fixed, RowSeconds: max((cpu-fixed*chunks)/rows, 0), BlockedSeconds: blocked / rows,
			Spread: spreadOf(seen, func(o observed) float64 { return of(o).cpu.Seconds() }),
		}
	}
	c.Read = fit(f.read, func(o observed) span { return o.read })
	c.Decode = fit(f.decode, func(o observed) span { return o.decode })
	c.Compute = fit(f.compute, func(o observed) span { return o.compute })
	c.WarmCompute = c.Compute.RowSeconds * f.warm
	return c
}

// spreadOf is the standard deviation of the cost of a row between chunks, by
// their mean; of fewer than two chunks it is 0.
func spreadOf(seen []visited, cost func(observed) float64) float64 {
	var n, sum, squares float64
	for _, v := range seen {
		for i, o := range v.chunks {
			if i == 0 && len(v.chunks) > 1 || o.rows == 0 {
				continue // the first pays for others
			}
			x := cost(o) / float64(o.rows)
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	if n < 2 || sum == 0 {
		return 0
	}
	mean := sum / n
	return math.Sqrt(max(squares/n-mean*mean, 0)*n/(n-1)) / mean
}

// placesOf are the costs of rows where they were seen, by their mean.
func placesOf(seen []visited) []Place {
	reading := func(o observed) float64 { return (o.read.cpu + o.decode.cpu).Seconds() }
	computing := func(o observed) float64 { return o.compute.cpu.Seconds() }
	var rows, readAll, computeAll float64
	for i := range seen {
		rows += seen[i].rows()
		readAll += seen[i].whole(reading)
		computeAll += seen[i].whole(computing)
	}
	var places []Place
	for i := range seen {
		v := &seen[i]
		n := v.rows()
		if n == 0 || v.position < 0 {
			continue
		}
		at := Place{Split: v.position, Reading: 1, Compute: 1}
		for _, o := range v.chunks {
			at.Rows += int64(o.rows)
		}
		if readAll > 0 {
			at.Reading = v.whole(reading) / n / (readAll / rows)
		}
		if computeAll > 0 {
			at.Compute = v.whole(computing) / n / (computeAll / rows)
		}
		places = append(places, at)
	}
	return places
}

// partials measures what the lanes have aggregated.
func (p *probe) partials(s *Sample, alone, together *visits) error {
	if !alone.final.Aggregates() {
		return nil
	}
	var encoded [][]byte
	from := now()
	encoded = append(encoded, alone.final.TakePartial(nil))
	s.Partial = Partial{SizeBytes: int64(len(encoded[0])), Rows: s.Alone.Rows, EncodeSeconds: since(from).cpu.Seconds()}
	final, err := chain.New(p.plan.spec, *p.options.Catalog)
	if err != nil {
		return err
	}
	if together != nil {
		encoded = append(encoded, together.final.TakePartial(nil))
	}
	for _, e := range encoded {
		if err := final.MergeBytes(e); err != nil {
			return err
		}
	}
	from = now()
	if table, err := final.Result(); err == nil { // the sum of a sample may not fit where that of all does
		digest := result.NewDigester(table.Columns)
		for _, row := range table.Rows {
			digest.Row(row)
		}
		s.Partial.ResultSeconds = since(from).cpu.Seconds()
	}
	// Most of the groups are there when the partial of a lane is merged, but for the
	// first.
	from = now()
	if err := final.MergeBytes(encoded[0]); err != nil {
		return err
	}
	s.Partial.MergeSeconds = since(from).cpu.Seconds()
	if together != nil && s.Together != nil && s.Alone.Rows > 0 {
		both := float64(len(final.TakePartial(nil))) / float64(max(s.Partial.SizeBytes, 1))
		more := float64(s.Alone.Rows+s.Together.Rows) / float64(s.Alone.Rows)
		if more > 1 {
			s.Partial.Growth = min(max(math.Log(both)/math.Log(more), 0), 1)
		}
	}
	return nil
}

// blocked is the wall time in which a device was waited for: what passed without
// a processor where something had to be brought from one. Without it, others had
// the processor.
func (s span) blocked() time.Duration {
	if s.reads == 0 {
		return 0
	}
	return max(s.wall-s.cpu, 0)
}
