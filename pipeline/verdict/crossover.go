package verdict

import (
	"fmt"
	"math"
	"strings"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/costmodel"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// addCrossovers says where one way surely overtakes another as workers or rows
// in a chunk become more.
func (v *Verdict) addCrossovers(c *compare.Comparison) {
	for _, axis := range []compare.Axis{compare.ByWorkers, compare.ByChunkRows} {
		for _, x := range c.Crossings(axis) {
			if !x.Sure {
				continue
			}
			wall := func(row int) string { return quantity.Duration(c.Rows[row].Median()) }
			v.Statements = append(v.Statements, Statement{
				Kind: Crossover, Way: x.After, Heading: CrossingText(x, axis),
				Text: fmt.Sprintf("With %s %s takes %s and %s %s; with %s it is %s and %s.",
					placeText(x.Last.X, axis), x.Before, wall(x.Last.Before), x.After, wall(x.Last.After),
					placeText(x.First.X, axis), wall(x.First.Before), wall(x.First.After)),
			})
		}
	}
}

// trusted is how far a prediction may be from the median for the model to be
// believed about a mode.
const trusted = 0.25

// addPredictedCrossovers says where, by the model of the job, one way begins to
// beat another: of ways that the model predicted as they were measured.
func (v *Verdict) addPredictedCrossovers(c *compare.Comparison, e Evidence) {
	if e.Model == nil {
		return
	}
	right := map[pipeline.Mode]bool{}
	for i := range c.Rows {
		w := c.Rows[i].Way
		if w.Mode == pipeline.Pipe && w.Codec != "raw" {
			continue
		}
		p, err := e.Model.Predict(costmodel.Way{Mode: w.Mode, Codec: w.Codec, Workers: w.Workers, ChunkRows: w.ChunkRows})
		right[w.Mode] = err == nil && math.Abs(p.Wall.Seconds()/c.Rows[i].Median().Seconds()-1) <= trusted
	}
	found := e.Model.Crossovers(e.Processors)
	for of, modes := range map[**costmodel.Crossover][2]pipeline.Mode{
		&found.MmapBeatsPipe:      {pipeline.Mmap, pipeline.Pipe},
		&found.MmapNearThreads:    {pipeline.Mmap, pipeline.Threads},
		&found.ProcessesPayPerRow: {pipeline.Mmap, pipeline.Sequential},
		&found.ProcessesPayHere:   {pipeline.Mmap, pipeline.Sequential},
		&found.ThreadsPayRows:     {pipeline.Threads, pipeline.Sequential},
		&found.MmapPaysRows:       {pipeline.Mmap, pipeline.Sequential},
	} {
		if !right[modes[0]] || !right[modes[1]] {
			*of = nil
		}
	}
	sentences := found.Sentences(e.Processors, e.RowBytes)
	if len(sentences) == 0 {
		return
	}
	v.Statements = append(v.Statements, Statement{
		Kind: Crossover, Heading: "Where one mode begins to beat another, by a model of this job", Text: strings.Join(sentences, " "),
	})
}

// CrossingText says in a line where which curve overtakes which.
func CrossingText(x compare.Crossing, axis compare.Axis) string {
	if axis == compare.ByWorkers {
		return fmt.Sprintf("%s overtakes %s with %s", x.After, x.Before, quantity.Count(int64(math.Ceil(x.X-1e-9)), "worker"))
	}
	return fmt.Sprintf("%s overtakes %s at about %s", x.After, x.Before, placeText(int(twoDigits(x.X)), axis))
}

func placeText(x int, axis compare.Axis) string {
	if axis == compare.ByWorkers {
		return quantity.Count(int64(x), "worker")
	}
	return quantity.Count(int64(x), "row") + " a chunk"
}

// twoDigits rounds to the two digits that matter.
func twoDigits(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return math.Round(x/unit) * unit
}
