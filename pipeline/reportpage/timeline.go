package reportpage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/timing"
)

// waitForTurn is the only category of lanes that the account has no cause for:
// it counts such a wait as merging.
const waitForTurn = "wait for a turn"

// waitForOthers is what lanes do that only take what others give.
const waitForOthers = "wait for others"

type chunkID struct{ split, index int32 }

// lanes are a trace's lanes, those that give work before those that take it.
func lanes(t *timing.Trace) []htmlreport.Lane {
	names := map[chunkID]string{}
	for _, c := range t.Chunks {
		names[chunkID{c.Split, c.Index}] = fmt.Sprintf("%d/%d", c.Split, c.Index)
	}
	order := make([]*timing.Spans, len(t.Lanes))
	for i := range t.Lanes {
		order[i] = &t.Lanes[i]
	}
	slices.SortStableFunc(order, func(a, b *timing.Spans) int {
		return cmp.Or(cmp.Compare(rank(a.Role), rank(b.Role)), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	end := lastReading(t)
	var all []htmlreport.Lane
	for _, lane := range order {
		row := htmlreport.Lane{Name: lane.Name, Spans: make([]htmlreport.Span, 0, len(lane.Recorded))}
		if lane.Role == timing.Worker {
			row.Name = fmt.Sprintf("%s (pid %d)", lane.Name, lane.Pid)
		}
		for _, s := range lane.Recorded {
			from := max(s.Start, 0)
			if s.End <= from {
				continue
			}
			span := htmlreport.Span{Category: categoryOf(lane.Role, s, end), Start: from.Seconds(), Duration: (s.End - from).Seconds()}
			if !s.Category.Waits() && s.Category != timing.Start { // which opens a split
				span.Chunk = names[chunkID{s.Split, s.Index}]
			}
			row.Spans = append(row.Spans, span)
		}
		all = append(all, row)
	}
	return all
}

func rank(r timing.Role) int {
	return slices.Index([]timing.Role{timing.Coordinator, timing.Reader, timing.Thread, timing.Feeder, timing.Worker, timing.Receiver}, r)
}

// categoryOf is what the account calls a lane's time. lastReading is when the
// last chunk had been read.
func categoryOf(role timing.Role, s timing.Span, lastReading time.Duration) string {
	cause := account.Unaccounted
	switch s.Category {
	case timing.Start:
		cause = account.StartUp
	case timing.Read:
		cause = account.Read
	case timing.Decode:
		cause = account.Decode
	case timing.Encode:
		cause = account.Encode
	case timing.Copy:
		cause = account.Copy
	case timing.Compute:
		cause = account.Compute
	case timing.Return:
		cause = account.Return
	case timing.Merge:
		cause = account.Merge
	case timing.Write:
		cause = account.Write
	case timing.WaitMemory:
		cause = account.WaitMemory
	case timing.WaitWorker:
		cause = account.WaitWorker
	case timing.WaitTurn:
		return waitForTurn
	case timing.Wait:
		switch {
		case role == timing.Coordinator || role == timing.Receiver:
			return waitForOthers
		case role == timing.Worker && s.Start >= lastReading: // there is no input any more
			cause = account.Imbalance
		default:
			cause = account.WaitInput
		}
	}
	return cause.String()
}

// lastReading is when the last chunk had been read and decoded.
func lastReading(t *timing.Trace) (last time.Duration) {
	known := chunksOf(t)
	for i := range t.Lanes {
		for _, s := range t.Lanes[i].Recorded {
			if (s.Category == timing.Read || s.Category == timing.Decode) && t.Lanes[i].Role != timing.Worker && known[chunkID{s.Split, s.Index}] {
				last = max(last, s.End)
			}
		}
	}
	return last
}

// latencies are what chunks took from the first work on them to the last, over
// all lanes, in seconds.
func latencies(t *timing.Trace) []float64 {
	type stay struct{ first, last time.Duration }
	known, stays := chunksOf(t), map[chunkID]stay{}
	for i := range t.Lanes {
		for _, s := range t.Lanes[i].Recorded {
			id := chunkID{s.Split, s.Index}
			// A split is opened before its first chunk, and looked at after its last.
			if !known[id] || s.Category.Waits() || s.Category == timing.Start {
				continue
			}
			was, seen := stays[id]
			if !seen {
				was = stay{s.Start, s.End}
			}
			stays[id] = stay{min(was.first, s.Start), max(was.last, s.End)}
		}
	}
	all := make([]float64, 0, len(stays))
	for _, c := range t.Chunks {
		if s, ok := stays[chunkID{c.Split, c.Index}]; ok {
			all = append(all, (s.last - s.first).Seconds())
		}
	}
	return all
}

// chunksOf are the chunks that were read.
func chunksOf(t *timing.Trace) map[chunkID]bool {
	known := make(map[chunkID]bool, len(t.Chunks))
	for _, c := range t.Chunks {
		known[chunkID{c.Split, c.Index}] = true
	}
	return known
}
