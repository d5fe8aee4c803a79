package account

import (
	"math"
	"testing"
	"time"

	"github.com/weir-pipeline/weir/pipeline/timing"
)

func laneOf(role timing.Role, spent map[Cause]time.Duration) Lane {
	l := Lane{Role: role}
	for c, d := range spent {
		l.Spent[c] = d
	}
	return l
}

func TestEfficiency(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		name  string
		lanes []Lane
		want  Efficiency
	}{
		{"both cores useful all the time", []Lane{laneOf(timing.Thread, map[Cause]time.Duration{Compute: 10 * s}), laneOf(timing.Thread, map[Cause]time.Duration{Decode: 6 * s, Read: 4 * s})}, Efficiency{1, 1, 1}},
		{"one does all", []Lane{laneOf(timing.Thread, map[Cause]time.Duration{Compute: 10 * s})}, Efficiency{0.5, 0.5, 1}},
		{"both wait for half of the time", []Lane{laneOf(timing.Thread, map[Cause]time.Duration{Compute: 5 * s}), laneOf(timing.Thread, map[Cause]time.Duration{Compute: 5 * s})}, Efficiency{0.5, 1, 0.5}},
		{"a worker that reads a codec", []Lane{laneOf(timing.Reader, map[Cause]time.Duration{Decode: 5 * s}), laneOf(timing.Worker, map[Cause]time.Duration{Decode: 4 * s, Compute: 5 * s})}, Efficiency{0.5, 1, 0.5}},
		{"nobody useful", []Lane{laneOf(timing.Worker, map[Cause]time.Duration{Copy: 5 * s})}, Efficiency{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := efficiency(&Account{Cores: 2, Wall: 10 * s, Lanes: tt.lanes}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// The two parts of communication multiply to it, and neither exceeds one.
func TestSplitOfCommunication(t *testing.T) {
	for _, e := range []Efficiency{{0.2, 0.5, 0.4}, {1, 1, 1}, {0.1, 1, 0.1}} {
		for _, ideal := range []time.Duration{0, 1, 30, 40, 60, 100, 130} {
			serialisation, transfer := e.Split(100, ideal)
			if product := serialisation * transfer; math.Abs(product-e.Communication) > 1e-12 || serialisation > 1 || transfer > 1 || transfer <= 0 {
				t.Errorf("communication %v, ideal %v of 100: %v times %v", e.Communication, ideal, serialisation, transfer)
			}
		}
	}
}
