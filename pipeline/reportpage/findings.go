package reportpage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/htmlreport"
	"github.com/weir-pipeline/weir/pipeline/quantity"
	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// findings are the statements of a verdict. c is nil for a single run.
func findings(v *verdict.Verdict, c *compare.Comparison, a About) []htmlreport.Finding {
	if v == nil {
		return nil
	}
	var all []htmlreport.Finding
	for _, s := range v.Statements {
		f := htmlreport.Finding{Kind: kindOf(s, c), Heading: spaced(s.Heading), Text: spaced(s.Text), Parts: partsOf(s, c)}
		if s.Advice != nil {
			f.Text = "" // its figures stand beneath
			f.Predicted = &htmlreport.Gain{
				Ratio: htmlreport.Estimate{Value: s.Advice.Gain()}, Seconds: (s.Advice.Wall - s.Advice.Predicted).Seconds(),
			}
			if m := s.Advice.Measured; m != nil {
				f.Measured = &htmlreport.Gain{
					Ratio: htmlreport.Estimate{Value: m.Gain(), Low: m.Lo, High: m.Hi}, Seconds: (m.Wall - m.Changed).Seconds(),
				}
			}
			if a.Advise != nil {
				var lines []string
				for _, command := range a.Advise(s.Advice) {
					lines = append(lines, ShellLine(command))
				}
				f.Command = strings.Join(lines, "\n")
			}
		}
		all = append(all, f)
	}
	return all
}

var closeUnit = regexp.MustCompile(`\b(\d+(?:\.\d+)?)(ms|µs|s)\b`)

// spaced puts the space between a time and its unit that the page's own numbers
// have.
func spaced(text string) string { return closeUnit.ReplaceAllString(text, "$1\u00a0$2") }

func kindOf(s verdict.Statement, c *compare.Comparison) htmlreport.Kind {
	switch s.Kind {
	case verdict.Winner:
		if c != nil && !slices.ContainsFunc(c.Rows, func(row compare.Series) bool { return row.AgainstFastest.Different }) {
			return htmlreport.Plain
		}
		return htmlreport.Winner
	case verdict.Gap:
		return htmlreport.Cause
	case verdict.Problem:
		if len(s.Causes) == 0 {
			return htmlreport.Plain
		}
		return htmlreport.Cause
	case verdict.Crossover:
		return htmlreport.Crossover
	case verdict.Advised:
		return htmlreport.Advice
	case verdict.Remark:
		return htmlreport.Remark
	}
	return htmlreport.Plain
}

// partsOf shows causes as parts of a run's wall time, or of the gap to the
// fastest way.
func partsOf(s verdict.Statement, c *compare.Comparison) []htmlreport.Part {
	var parts []htmlreport.Part
	for _, f := range s.Causes {
		saved := time.Duration(f.SavedSeconds * float64(time.Second))
		part := htmlreport.Part{Share: f.Share, Text: fmt.Sprintf("%s, %s of the wall time", quantity.Duration(saved), quantity.Percent(f.Share))}
		if gap := gapOf(s, c); gap > 0 {
			part.Share = min(1, saved.Seconds()/gap.Seconds())
			part.Text = fmt.Sprintf("%s: %s, %s of the gap", f.Cause, quantity.Duration(saved), quantity.Percent(part.Share))
		}
		part.Text = spaced(part.Text)
		parts = append(parts, part)
	}
	return parts
}

// gapOf is what the way of a Gap takes longer than the fastest.
func gapOf(s verdict.Statement, c *compare.Comparison) time.Duration {
	if s.Kind != verdict.Gap || c == nil {
		return 0
	}
	for i := range c.Rows {
		if c.Rows[i].Way.String() == s.Way {
			return c.Rows[i].Median() - c.Rows[c.Fastest].Median()
		}
	}
	return 0
}
