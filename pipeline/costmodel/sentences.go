package costmodel

import (
	"fmt"
	"math"
	"time"

	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// Sentences say from where on a way beats another. A row of the job has so many
// bytes of columns.
func (c *Crossovers) Sentences(workers int, rowBytes float64) []string {
	var s []string
	if rowBytes == 0 && c.ComputePerRow == 0 {
		return nil // there are no rows
	}
	add := func(found *Crossover, what string, show func(float64) string) {
		switch {
		case found == nil:
		case !found.Found:
			s = append(s, fmt.Sprintf("%s nowhere: looked at from %s to %s.", what, show(found.From), show(found.To)))
		case found.Always:
			s = append(s, fmt.Sprintf("%s everywhere: looked at from %s to %s.", what, show(found.From), show(found.To)))
		default:
			s = append(s, fmt.Sprintf("%s from %s on.", what, show(found.At)))
		}
	}
	chunks := func(at float64) string {
		return fmt.Sprintf("chunks of %s rows (%s)", quantity.Thousands(rounded(at)), quantity.Bytes(int64(at*rowBytes)))
	}
	computing := func(at float64) string { return perRow(at) + " to compute a row" }
	rows := func(at float64) string { return quantity.Thousands(rounded(at)) + " rows of this job" }
	add(c.MmapBeatsPipe, "Mmap is at least 5 % faster than pipe/raw", chunks)
	add(c.MmapNearThreads, "Mmap is within 10 % of threads", chunks)
	processes := fmt.Sprintf("%d processes (mmap)", workers)
	if workers == 1 {
		processes = "A process (mmap)"
	}
	add(c.ProcessesPayPerRow, processes+", once started, are faster than sequential", computing)
	add(c.ProcessesPayHere, processes+", started and ended, are faster than sequential for the rows of this input", computing)
	if c.ProcessesPayHere != nil {
		s = append(s, fmt.Sprintf("A row of this job takes %s to compute.", perRow(c.ComputePerRow)))
	}
	add(c.ThreadsPayRows, "Threads are faster than sequential", rows)
	add(c.MmapPaysRows, "Mmap is faster than sequential", rows)
	return s
}

// perRow shows the seconds of a row.
func perRow(s float64) string {
	if s < 1e-6 {
		return fmt.Sprintf("%.3gns", s*1e9)
	}
	return quantity.Duration(time.Duration(math.Round(s * 1e9)))
}

// rounded has two digits that matter: a prediction has no more.
func rounded(x float64) int64 {
	if x < 100 {
		return int64(math.Round(x))
	}
	scale := math.Pow(10, math.Floor(math.Log10(x))-1)
	return int64(math.Round(x/scale) * scale)
}
