package reportpage

import (
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// curves are the curves of a comparison along an axis. A crossing is marked on
// the curve that gets below the other.
func curves(c *compare.Comparison, axis compare.Axis) []htmlreport.Curve {
	crossings := c.Crossings(axis)
	var all []htmlreport.Curve
	for _, from := range c.Curves(axis) {
		curve := htmlreport.Curve{Name: from.Name}
		for _, p := range from.Points {
			s := c.Rows[p.Row]
			wall := htmlreport.Estimate{Value: s.Median().Seconds()}
			if s.Summary.Known() {
				wall.Low, wall.High = s.Summary.Lo.Seconds(), s.Summary.Hi.Seconds()
			}
			curve.Points = append(curve.Points, htmlreport.Point{X: float64(p.X), Wall: wall})
		}
		for _, x := range crossings {
			if x.After == from.Name {
				label := verdict.CrossingText(x, axis)
				if !x.Sure {
					label += ", by too few trials to tell"
				}
				curve.Crossovers = append(curve.Crossovers, htmlreport.Mark{X: x.X, Wall: x.Wall.Seconds(), Label: label})
			}
		}
		all = append(all, curve)
	}
	return all
}
