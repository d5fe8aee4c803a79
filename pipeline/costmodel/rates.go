package costmodel

import (
	"math"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/machine"
	"github.com/weir-pipeline/weir/pipeline/replay"
)

// rates are what the steps cost that the sample measured, with a number of lanes
// at work.
type rates struct {
	read, decode, compute step
	warmCompute           float64 // seconds of a row in memory that has been touched before
}

// step is seconds for each chunk and for each row.
type step struct{ chunk, row, blocked float64 }

// cost is that of rows in so many chunks.
func (s step) cost(rows, chunks float64) replay.Cost {
	c := cpu(s.chunk*chunks + s.row*rows)
	c.Blocked = seconds(s.blocked * rows)
	return c
}

// ratesAt are the rates with so many cores at work. Where the sample's lanes did
// not slow each other down, all that it measured is one figure.
func (m *Model) ratesAt(cores int) rates {
	alone, together := &m.sample.Alone, m.sample.Together
	share := 0.0 // of the way from alone to together
	if together != nil && m.sample.Lanes > 1 {
		share = min(max(float64(cores-1)/float64(min(m.sample.Lanes, m.cores)-1), 0), 1)
		if m.cores == 1 {
			share = 0 // lanes take turns
		}
	} else {
		together = alone
	}
	mix := func(a, t float64) float64 {
		if t < a {
			n, k := float64(alone.Rows), float64(together.Rows)
			return (a*n + t*k) / max(n+k, 1)
		}
		return a + share*(t-a)
	}
	mixed := func(a, t pipeline.StepCost) step {
		return step{chunk: a.ChunkSeconds, row: mix(a.RowSeconds, t.RowSeconds), blocked: mix(a.BlockedSeconds, t.BlockedSeconds)}
	}
	return rates{
		read: mixed(alone.Read, together.Read), decode: mixed(alone.Decode, together.Decode), compute: mixed(alone.Compute, together.Compute),
		warmCompute: mix(alone.WarmCompute, together.WarmCompute),
	}
}

// ownShare is the share of the processors from which on the sample had them
// nearly to itself.
const ownShare = 0.9

// timed is a figure that was measured by the clock on the wall. Where other
// programs had the processors for a part of the time, the least that was measured
// is nearest to what it costs.
func (m *Model) timed(f machine.Figure) float64 {
	if m.sample.CPUShare < ownShare {
		return f.Low
	}
	return f.Median
}

// handover is what crossing to a worker costs, in seconds for each chunk and for
// each byte of its buffers.
type handover struct {
	sender, worker    float64 // for each chunk
	encode, write     float64 // coordinator, for each byte
	take              float64 // worker, for each byte
	rawWrite, rawRead float64 // of what comes back, for each byte
}

// findHandover looks the figures up.
func (b *builder) findHandover() error {
	m := b.Model
	missing := func(figure string) error {
		return &UnmeasuredError{Way: b.way.String(), Figure: figure}
	}
	if m.machine.Spawn == nil {
		return missing("the start of a process")
	}
	found := false
	for _, h := range m.machine.Handovers {
		if h.Mode != string(b.fit.Mode) {
			continue
		}
		found = true
		b.hand.sender, b.hand.worker = m.timed(h.PerChunkSeconds), m.timed(h.PerChunkSeconds)
		if h.CoordinatorCPUSeconds != nil && h.WorkerCPUSeconds != nil {
			b.hand.sender, b.hand.worker = h.CoordinatorCPUSeconds.Median, h.WorkerCPUSeconds.Median
		}
	}
	if !found {
		return missing("the hand-over of a chunk")
	}
	// What the reader's core or a file's cache holds comes from memory.
	fromMemory := 0.0
	if scan := m.machine.Scan; scan != nil && len(scan.Rates) > 0 {
		rate := scan.Rates[0].BytesPerSecond
		fromMemory = 1 / m.timed(machine.Figure{Median: rate.Median, Low: rate.High})
	} else {
		b.omitted = append(b.omitted, "reading memory that another core has written, which was not measured")
	}
	raw, ok := m.copying("raw", 0)
	if ok {
		b.hand.rawWrite, b.hand.rawRead = raw.write, raw.read
	}
	if b.fit.Mode == pipeline.Mmap {
		if b.leases {
			b.hand.take = fromMemory
		}
		return nil
	}
	c, ok := m.copying(b.fit.Codec, b.sample.Chunk.TextShare)
	if !ok {
		return missing("the codec " + b.fit.Codec)
	}
	b.hand.encode, b.hand.write, b.hand.take = c.encode, c.write, c.read+c.decode+fromMemory
	if !b.leases {
		if fault := m.machine.InputFault; fault != nil {
			b.hand.write += m.timed(fault.SecondsPerByte)
		} else {
			b.omitted = append(b.omitted, "page faults of the mapped input, which were not measured")
		}
	}
	return nil
}

// copyCosts are seconds for each byte of a chunk's buffers.
type copyCosts struct{ encode, write, read, decode float64 }

// copying is what a codec costs for chunks of which a share is text.
func (m *Model) copying(codec string, textShare float64) (copyCosts, bool) {
	doubles, ok := m.copyingOf(codec, machine.Doubles)
	texts, okTexts := m.copyingOf(codec, machine.Texts)
	if !ok || !okTexts && textShare > 0 {
		return copyCosts{}, false
	}
	mix := func(x, y float64) float64 { return x + textShare*(y-x) }
	return copyCosts{
		mix(doubles.encode, texts.encode), mix(doubles.write, texts.write),
		mix(doubles.read, texts.read), mix(doubles.decode, texts.decode),
	}, true
}

// copyingOf is what a codec costs for one kind of values. Where writing to a
// pipe and reading from it was not measured in this codec, it is that of raw for
// as many bytes as the codec makes.
func (m *Model) copyingOf(codec, values string) (copyCosts, bool) {
	var c, raw copyCosts
	found, payload := false, 1.0
	for _, f := range m.machine.Copies {
		if f.Values != values {
			continue
		}
		one := copyCosts{encode: m.timed(f.EncodeSecondsPerByte), decode: m.timed(f.DecodeSecondsPerByte)}
		if f.WriteSecondsPerByte != nil && f.ReadSecondsPerByte != nil {
			one.write, one.read = m.timed(*f.WriteSecondsPerByte), m.timed(*f.ReadSecondsPerByte)
		}
		if f.Codec == "raw" {
			raw = one
		}
		if f.Codec == codec {
			c, found = one, true
			if f.ChunkBytes > 0 {
				payload = float64(f.PayloadBytes) / float64(f.ChunkBytes)
			}
		}
	}
	if c.read == 0 {
		c.write, c.read = raw.write*payload, raw.read*payload
	}
	return c, found && c.read > 0
}

// leastSkew is the standard deviation between places from which on their
// differences are taken for those of the data, and not for noise.
const leastSkew = 0.25

// factorsAt is what reading and computing a row costs at a place of the input,
// from 0 to 1, by the mean: a line between the places that were sampled.
func factorsAt(s *pipeline.Sample, at float64) (reading, compute float64) {
	return factorAt(s, at, func(p pipeline.Place) float64 { return p.Reading }),
		factorAt(s, at, func(p pipeline.Place) float64 { return p.Compute })
}

func factorAt(s *pipeline.Sample, at float64, of func(pipeline.Place) float64) float64 {
	places := s.Places
	var sum, squares float64
	for _, p := range places {
		sum += of(p)
		squares += of(p) * of(p)
	}
	n := float64(len(places))
	if n < 2 || math.Sqrt(max(squares/n-(sum/n)*(sum/n), 0)) < leastSkew {
		return 1
	}
	where := func(p pipeline.Place) float64 { return (float64(p.Split) + 0.5) / float64(len(s.Outline.Splits)) }
	for i, p := range places {
		if where(p) < at {
			continue
		}
		if i == 0 {
			return of(p)
		}
		before := places[i-1]
		if where(p) == where(before) {
			return of(p)
		}
		return of(before) + (of(p)-of(before))*(at-where(before))/(where(p)-where(before))
	}
	return of(places[len(places)-1])
}
