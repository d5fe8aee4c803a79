package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/compare"
	"github.com/weir-pipeline/weir/pipeline/quantity"
)

// Kind is what a statement is about.
type Kind string

// The kinds, in the order in which a verdict has them.
const (
	Winner    Kind = "winner"    // which way is fastest, and how sure that is
	Gap       Kind = "gap"       // why another way takes longer
	Problem   Kind = "problem"   // what slows the fastest way down
	Crossover Kind = "crossover" // where another way would be faster
	Advised   Kind = "advice"    // what to change, and what that would give
	Remark    Kind = "remark"    // what the reader should know about the measurement
)

// Statement is one sentence or two, with the figures that they quote.
type Statement struct {
	Kind    Kind    `json:"kind"`
	Way     string  `json:"way,omitempty"`
	Heading string  `json:"heading"`
	Text    string  `json:"text"`
	Causes  []Found `json:"causes,omitempty"`
	Advice  *Advice `json:"advice,omitempty"`
}

// Found is a finding in a report.
type Found struct {
	Cause        Cause   `json:"cause"`
	Share        float64 `json:"share"` // of the wall time
	SavedSeconds float64 `json:"saved_s"`
}

// Verdict is what follows from a run or a comparison.
type Verdict struct {
	Statements []Statement `json:"statements"`
}

// Advices are the changes that the verdict proposes.
func (v *Verdict) Advices() []*Advice {
	var all []*Advice
	for i := range v.Statements {
		if a := v.Statements[i].Advice; a != nil {
			all = append(all, a)
		}
	}
	return all
}

// OfRun is the verdict on a single run, which was recorded.
func OfRun(r *pipeline.Report, e Evidence) *Verdict {
	v := &Verdict{}
	if r.Trace == nil || len(r.Trace.Chunks) == 0 {
		return v
	}
	rec := Record(r)
	found := Causes(rec, e)
	v.addProblems(nameOf(r), rec, found)
	v.addAdvice(rec, e, found)
	v.addRemarks(rec, found, e)
	return v
}

// OfComparison is the verdict on ways to run one job, of each of which a run was
// recorded.
func OfComparison(c *compare.Comparison, e Evidence) *Verdict {
	v := &Verdict{}
	v.addWinner(c)
	var fastest *Recording
	if r := c.Rows[c.Fastest].Recorded(); r != nil && len(r.Trace.Chunks) > 0 {
		fastest = Record(r)
	}
	best := bestOfEach(c)
	slowest := slowestOf(c)
	for i := range c.Rows {
		row := &c.Rows[i]
		if !row.AgainstFastest.Different || best[kindOf(row)] != i && i != slowest {
			continue
		}
		if r := row.Recorded(); r != nil && fastest != nil && len(r.Trace.Chunks) > 0 {
			v.addGap(row, &c.Rows[c.Fastest], Record(r), fastest, e)
		}
	}
	if fastest == nil {
		v.addCrossovers(c)
		v.addPredictedCrossovers(c, e)
	} else {
		found := Causes(fastest, e)
		v.addProblems(c.Rows[c.Fastest].Way.String(), fastest, found)
		v.addCrossovers(c)
		v.addPredictedCrossovers(c, e)
		v.addAdvice(fastest, e, found)
		v.addRemarks(fastest, found, e)
	}
	return v
}

// kind is what ways have in common that differ in workers and chunk sizes.
type kind struct{ mode, codec string }

func kindOf(s *compare.Series) kind { return kind{string(s.Way.Mode), s.Way.Codec} }

// slowestOf is the row with the longest median.
func slowestOf(c *compare.Comparison) int {
	slowest := 0
	for i := range c.Rows {
		if c.Rows[i].Median() > c.Rows[slowest].Median() {
			slowest = i
		}
	}
	return slowest
}

// bestOfEach is the row with the shortest median of each kind: of many ways, the
// gaps of these are worth explaining.
func bestOfEach(c *compare.Comparison) map[kind]int {
	best := map[kind]int{}
	for i := range c.Rows {
		k := kindOf(&c.Rows[i])
		if at, seen := best[k]; !seen || c.Rows[i].Median() < c.Rows[at].Median() {
			best[k] = i
		}
	}
	return best
}

// addWinner says who is fastest, against the nearest that is surely slower, and
// whom it is not surely faster than.
func (v *Verdict) addWinner(c *compare.Comparison) {
	fastest := &c.Rows[c.Fastest]
	s := Statement{Kind: Winner, Way: fastest.Way.String()}
	var tied []string
	var next *compare.Series
	for i := range c.Rows {
		row := &c.Rows[i]
		switch {
		case i == c.Fastest:
		case !row.AgainstFastest.Different:
			tied = append(tied, row.Way.String())
		case next == nil || row.Median() < next.Median():
			next = row
		}
	}
	took := quantity.Duration(fastest.Median())
	if fastest.Summary.Known() {
		took += fmt.Sprintf(" (95 %% between %s and %s)", quantity.Duration(fastest.Summary.Lo), quantity.Duration(fastest.Summary.Hi))
	}
	switch {
	case len(c.Rows) == 1:
		s.Heading = fmt.Sprintf("%s takes %s", fastest.Way, quantity.Duration(fastest.Median()))
		s.Text = fmt.Sprintf("%s takes %s; nothing was compared with it.", fastest.Way, took)
	case next == nil && c.Trials < c.LeastTrials:
		s.Heading = fmt.Sprintf("%s has the shortest median", fastest.Way)
		s.Text = fmt.Sprintf("%s takes %s. After %s of each way nothing can be said of differences: at least %d are needed.",
			fastest.Way, took, quantity.Count(int64(c.Trials), "trial"), c.LeastTrials)
	case next == nil:
		s.Heading = "No difference was found"
		s.Text = fmt.Sprintf("Between %s and %s no difference was found in %s: %s has the shortest median, %s.",
			fastest.Way, few(tied), quantity.Count(int64(c.Trials), "round"), fastest.Way, took)
	default:
		a := next.AgainstFastest
		s.Heading = fmt.Sprintf("%s is the fastest", fastest.Way)
		s.Text = fmt.Sprintf("%s takes %s. The next, %s, takes %s as long%s.", fastest.Way, took, next.Way, times(a.Ratio), sure(a))
		if len(tied) > 0 {
			s.Heading = fmt.Sprintf("%s has the shortest median, but %s not told apart from it", fastest.Way, ways(len(tied)))
			s.Text = fmt.Sprintf("%s takes %s. The nearest that is surely slower, %s, takes %s as long%s.", fastest.Way, took, next.Way, times(a.Ratio), sure(a))
			s.Text += fmt.Sprintf(" Between %s and %s no difference was found.", fastest.Way, few(tied))
		}
	}
	v.Statements = append(v.Statements, s)
}

// few names ways, or counts them if they are many.
func few(ways []string) string {
	if len(ways) > 6 {
		return fmt.Sprintf("%d other ways", len(ways))
	}
	return join(ways)
}

func ways(n int) string {
	if n == 1 {
		return "another way is"
	}
	return fmt.Sprintf("%d others are", n)
}

// sure is how sure a ratio is.
func sure(a compare.Against) string {
	var parts []string
	if a.Known() {
		parts = append(parts, fmt.Sprintf("%.2f to %.2f", a.Lo, a.Hi))
	}
	if a.P < 0.001 {
		parts = append(parts, "p < 0.001")
	} else {
		parts = append(parts, fmt.Sprintf("p = %.3f", a.P))
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// times is a ratio in words: "1.4 times", "12 times".
func times(ratio float64) string {
	switch {
	case ratio >= 9.95:
		return fmt.Sprintf("%.0f times", ratio)
	case ratio >= 1.995:
		return fmt.Sprintf("%.1f times", ratio)
	}
	return fmt.Sprintf("%.2f times", ratio)
}

// addGap says why row takes longer than the fastest.
func (v *Verdict) addGap(row, fastest *compare.Series, slow, fast *Recording, e Evidence) {
	gap := row.Median() - fastest.Median()
	s := Statement{Kind: Gap, Way: row.Way.String()}
	s.Heading = fmt.Sprintf("%s takes %s longer", row.Way, quantity.Duration(gap))
	if row.Way.Mode == pipeline.Sequential && fast.Workload.Lanes > 1 {
		two := slow.Workload.WithCores(fast.Workload.Cores).WithLanes(fast.Workload.Lanes)
		s.Text = fmt.Sprintf("It has one lane where %s has %d: shared out evenly the same work would take %s.",
			fastest.Way, fast.Workload.Lanes, quantity.Duration(slow.Predict(two)))
		v.Statements = append(v.Statements, s)
		return
	}
	found := Causes(slow, e)
	s.Causes = founds(found)
	var parts []string
	for i, f := range found {
		if i == 3 || f.Saved < gap/10 && i > 0 {
			break
		}
		part := quantity.Percent(f.Saved.Seconds()/gap.Seconds()) + " of the gap"
		if f.Saved >= gap {
			part = "more than the gap"
		}
		parts = append(parts, fmt.Sprintf("%s (%s, %s)", f.Cause.phrase(slow), quantity.Duration(f.Saved), part))
	}
	switch {
	case len(parts) > 0:
		s.Text = "Mostly because of " + join(parts) + "."
		if len(parts) > 1 {
			s.Text += " Causes overlap: each is what would be gone without it alone."
		}
	default:
		s.Text = v.difference(slow, fast)
	}
	v.Statements = append(v.Statements, s)
}

// difference says what a slower run's cores did more than a faster one's, where
// no single cause stands out.
func (v *Verdict) difference(slow, fast *Recording) string {
	a, b := Account(slow.Report), Account(fast.Report)
	type more struct {
		name string
		by   time.Duration
	}
	var all []more
	for _, c := range accountCauses {
		if d := a.Spent[c] - b.Spent[c]; d > 0 {
			all = append(all, more{c.String(), d})
		}
	}
	slices.SortFunc(all, func(x, y more) int { return int(y.by - x.by) })
	var parts []string
	for _, m := range all[:min(3, len(all))] {
		parts = append(parts, fmt.Sprintf("%s in %s", quantity.Duration(m.by), m.name))
	}
	if len(parts) == 0 {
		return "No single cause stands out."
	}
	return "No single cause stands out; its cores spent " + join(parts) + " more."
}

// addProblems says what slows a run down.
func (v *Verdict) addProblems(way string, rec *Recording, found []Finding) {
	for i, f := range found {
		if i == 3 {
			break
		}
		v.Statements = append(v.Statements, Statement{
			Kind: Problem, Way: way, Causes: founds(found[i : i+1]),
			Heading: fmt.Sprintf("%s: %s", f.Cause.title(), quantity.Percent(f.Share)),
			Text:    fmt.Sprintf("%s %s of the %s would be gone without it.", f.Cause.sentence(rec), quantity.Duration(f.Saved), quantity.Duration(rec.Report.Wall)),
		})
	}
	if len(found) == 0 {
		v.Statements = append(v.Statements, Statement{
			Kind: Problem, Way: way, Heading: "No problem found",
			Text: fmt.Sprintf("Nothing slows %s down by more than %s: its cores %s.", way, quantity.Percent(leastShare), doing(rec)),
		})
	}
}

// doing is what the cores of a run mostly did.
func doing(rec *Recording) string {
	a := Account(rec.Report)
	type part struct {
		name  string
		share float64
	}
	var parts []part
	for _, c := range accountCauses {
		parts = append(parts, part{c.String(), a.Share(c)})
	}
	slices.SortFunc(parts, func(x, y part) int {
		if x.share > y.share {
			return -1
		}
		return 1
	})
	var texts []string
	for _, p := range parts[:3] {
		if p.share >= 0.02 {
			texts = append(texts, fmt.Sprintf("%s of their time in %s", quantity.Percent(p.share), p.name))
		}
	}
	return "spend " + join(texts)
}

func founds(found []Finding) []Found {
	var all []Found
	for _, f := range found {
		all = append(all, Found{f.Cause, f.Share, f.Saved.Seconds()})
	}
	return all
}

// addRemarks says what weakens the figures.
func (v *Verdict) addRemarks(rec *Recording, found []Finding, e Evidence) {
	if n := rec.Report.Trace.Dropped(); n > 0 {
		v.Statements = append(v.Statements, Statement{Kind: Remark, Heading: "The trace is incomplete",
			Text: fmt.Sprintf("%s were not recorded, because there were too many; the causes follow from those before.", quantity.Count(int64(n), "span"))})
	}
	if off := rec.Wall.Seconds()/rec.Report.Wall.Seconds() - 1; math.Abs(off) > 0.15 {
		v.Statements = append(v.Statements, Statement{Kind: Remark, Heading: "The replay is off",
			Text: fmt.Sprintf("Replayed unchanged, the run takes %s instead of %s: take the shares as rough.", quantity.Duration(rec.Wall), quantity.Duration(rec.Report.Wall))})
	}
}

// nameOf is a run's way as tables show it.
func nameOf(r *pipeline.Report) string {
	name := string(r.Mode)
	if r.Codec != "" {
		name += "/" + r.Codec
	}
	if r.Mode != pipeline.Sequential {
		name += fmt.Sprintf(" x%d", r.Workers)
	}
	return name
}

// join puts words together: "a", "a and b", "a, b and c".
func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
