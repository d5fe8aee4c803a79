package verdict

import (
	"fmt"
	"math"

	"github.com/weir-pipeline/weir/pipeline/compare"
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
