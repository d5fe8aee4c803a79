package pipeline

import (
	"encoding/json"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

// Report is the account of a run. Its JSON is what --report FILE.json holds.
type Report struct {
	Mode         Mode          `json:"mode"`
	Codec        string        `json:"codec,omitempty"` // pipe only
	Workers      int           `json:"workers"`
	ChunkRows    int           `json:"chunk_rows"`
	Chunks       int64         `json:"chunks"`
	Splits       int           `json:"splits"`
	PrunedSplits int           `json:"pruned_splits"` // left out by their statistics
	Rows         int64         `json:"rows"`          // read; rows of pruned splits are not
	Wall         time.Duration `json:"-"`
	Digest       string        `json:"digest"`
	Bytes        Bytes         `json:"bytes"`
	Copies       []CopyCause   `json:"copies,omitempty"`
	PeakRSSBytes int64         `json:"peak_rss_bytes"` // sum of the peaks of all processes, mapped files included
	ArenaBytes   int64         `json:"arena_peak_bytes"`
	Lanes        []Lane        `json:"lanes"`
	Warnings     []string      `json:"warnings"`
	Reason       string        `json:"reason,omitempty"` // why auto chose the mode
}

// Bytes counts what happened to the input's bytes.
type Bytes struct {
	Read   int64 `json:"read"`   // of the input files, or mapped in
	Shared int64 `json:"shared"` // of column buffers that workers read in place
	Copied int64 `json:"copied"` // of values moved after they were decoded
}

// CopyCause says which column's values were copied, and why.
type CopyCause struct {
	Column string `json:"column"`
	Cause  string `json:"cause"`
	Bytes  int64  `json:"bytes"`
}

// Lane is the account of one goroutine or process: its spans and what is
// unaccounted add up to its lifetime.
type Lane struct {
	Name        string
	Pid         int
	Lifetime    time.Duration
	Spans       map[timing.Category]time.Duration
	Unaccounted time.Duration
}

// MarshalJSON writes the durations as seconds.
func (l Lane) MarshalJSON() ([]byte, error) {
	spans := map[string]float64{}
	for c, d := range l.Spans {
		spans[c.String()] = d.Seconds()
	}
	return json.Marshal(struct {
		Name        string             `json:"name"`
		Pid         int                `json:"pid"`
		Lifetime    float64            `json:"lifetime_s"`
		Spans       map[string]float64 `json:"spans"`
		Unaccounted float64            `json:"unaccounted_s"`
	}{l.Name, l.Pid, l.Lifetime.Seconds(), spans, l.Unaccounted.Seconds()})
}

// MarshalJSON writes the wall time as seconds.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	return json.Marshal(struct {
		plain
		Wall float64 `json:"wall_s"`
	}{plain(r), r.Wall.Seconds()})
}

// Spent is the time that all lanes together spent in a category.
func (r Report) Spent(c timing.Category) time.Duration {
	var sum time.Duration
	for _, l := range r.Lanes {
		if c == timing.Unaccounted {
			sum += l.Unaccounted
		} else {
			sum += l.Spans[c]
		}
	}
	return sum
}

func lanesOf(account *timing.Account) []Lane {
	var lanes []Lane
	for _, s := range account.Lanes() {
		l := Lane{Name: s.Name, Pid: s.Pid, Lifetime: s.Lifetime, Spans: map[timing.Category]time.Duration{}, Unaccounted: s.Spent[timing.Unaccounted]}
		for _, c := range timing.Categories() {
			if s.Spent[c] > 0 {
				l.Spans[c] = s.Spent[c]
			}
		}
		lanes = append(lanes, l)
	}
	return lanes
}
