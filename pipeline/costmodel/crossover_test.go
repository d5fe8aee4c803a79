package costmodel_test

import (
	"testing"

	"github.com/weir-pipeline/weir/pipeline/costmodel"
)

func TestACrossoverIsWhereItTurns(t *testing.T) {
	for _, format := range formats {
		m := costmodel.New(sampleOf(t, format), costs(2))
		c := m.Crossovers(0)
		near := c.MmapNearThreads
		if near == nil || near.Found && (near.At < near.From || near.At > near.To) {
			t.Fatalf("%s: %+v", format, near)
		}
		ratio := func(chunkRows float64) float64 {
			a, b := mmap, threads
			a.ChunkRows, b.ChunkRows = int(chunkRows), int(chunkRows)
			return predict(t, m, a).Wall.Seconds() / predict(t, m, b).Wall.Seconds()
		}
		switch {
		case !near.Found:
			if ratio(near.To) <= 1.1 {
				t.Errorf("%s: not found, but at the end the ratio is %.3f", format, ratio(near.To))
			}
		case near.Always:
			if ratio(near.From) > 1.1 {
				t.Errorf("%s: always, but at the begin the ratio is %.3f", format, ratio(near.From))
			}
		default:
			if above, below := ratio(near.At*1.05), ratio(near.At/1.2); above > 1.13 || below < 1.1 {
				t.Errorf("%s: from %.0f rows on, but the ratio is %.3f below and %.3f above", format, near.At, below, above)
			}
		}
	}
}

// With processes that take ten seconds to start nothing is gained by them, and
// no figure is made up.
func TestACrossoverIsAbsentWhereThereIsNone(t *testing.T) {
	c := costs(2)
	c.Spawn.WallSeconds = figure(1e4)
	s := sampleOf(t, "arrow")
	x := costmodel.New(s, c).Crossovers(0)
	for name, one := range map[string]*costmodel.Crossover{"rows": x.MmapPaysRows, "computing here": x.ProcessesPayHere, "near threads": x.MmapNearThreads} {
		if one == nil || one.Found || one.At != 0 {
			t.Errorf("%s: %+v", name, one)
		}
	}
	if x.ProcessesPayPerRow == nil || !x.ProcessesPayPerRow.Found {
		t.Errorf("once they have started, processes pay: %+v", x.ProcessesPayPerRow)
	}
	one := costmodel.New(s, costs(1)).Crossovers(0)
	if one.ThreadsPayRows.Found {
		t.Errorf("two threads on one processor are faster from %g rows on", one.ThreadsPayRows.At)
	}
}

func TestCrossoversFollowTheirCauses(t *testing.T) {
	for _, format := range formats {
		s := sampleOf(t, format)
		usual := costmodel.New(s, costs(2)).Crossovers(0)
		slow := costs(2)
		slow.Spawn.WallSeconds = figure(40e-3)
		late := costmodel.New(s, slow).Crossovers(0)
		if !usual.MmapPaysRows.Found || !late.MmapPaysRows.Found || late.MmapPaysRows.At <= usual.MmapPaysRows.At {
			t.Errorf("%s: mmap pays from %+v on; with processes that start ten times slower from %+v", format, usual.MmapPaysRows, late.MmapPaysRows)
		}
		if !usual.ThreadsPayRows.Found || usual.ThreadsPayRows.At >= usual.MmapPaysRows.At {
			t.Errorf("%s: threads pay from %+v on, mmap from %+v", format, usual.ThreadsPayRows, usual.MmapPaysRows)
		}
		if usual.ProcessesPayHere.At < usual.ProcessesPayPerRow.At {
			t.Errorf("%s: processes pay from %g s on, and here from %g", format, usual.ProcessesPayPerRow.At, usual.ProcessesPayHere.At)
		}
		if usual.ComputePerRow != 100e-9 {
			t.Errorf("%s: a row takes %g s", format, usual.ComputePerRow)
		}
	}
}
