// Package compare runs one job in several ways, checks that the results are
// equal bit for bit, and says which differences between their times are real.
//
// Every way runs once to warm up, uncounted. Then come rounds, in each of which
// every way runs once, in an order drawn anew: a machine that gets slower or
// busier does so for all of them, and none always runs behind the same other.
// Before each run the inputs are brought into the same state of the page cache,
// and the garbage of the run before is collected.
package compare

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/weir-pipeline/weir/pipeline"
	"github.com/weir-pipeline/weir/pipeline/account"
	"github.com/weir-pipeline/weir/pipeline/environment"
)

// Options say what to compare, and how well. The zero value compares all modes,
// pipe with the codec raw, over a warm page cache.
type Options struct {
	// Modes to compare. One that is listed twice is compared with itself.
	// Default: all but auto.
	Modes []pipeline.Mode

	// Codecs to compare within mode pipe. Default: raw.
	Codecs []string

	// Workers to compare. Sequential has one whatever is asked for.
	// Default: the default of a run.
	Workers []int

	// ChunkRows to compare. Default: the default of a run.
	ChunkRows []int

	// Trials is the number of rounds. Default: as many as Precision and Budget
	// ask for, at least those that an interval and a difference need (6, for more
	// than 7 ways 7 or 8) and at most 100.
	Trials int

	// Precision ends the rounds when the 95 % confidence interval of every way's
	// median reaches no farther from it than this fraction. Default: 0.02.
	Precision float64

	// Budget ends the rounds when they have taken so long. Fewer than are needed
	// for an interval are made only if they take ten times the budget.
	// Default: 30 s.
	Budget time.Duration

	// Seed of the order of the runs. Default: one that is drawn.
	Seed uint64

	// Cache is the state of the page cache before each run. Default: Warm.
	Cache Cache

	// Faults are what page faults cost on this machine, for the accounts of the
	// runs. Default: they are not told apart.
	Faults account.FaultCosts

	// Run has the options of the runs that are not compared. Its Mode, Codec,
	// Workers, ChunkRows, Rows and Trace are not used: every run is recorded. Its
	// Profile gathers the counted runs, with a label way.
	Run pipeline.Options

	// Progress is called before each run; the total may change from call to call
	// unless Trials is set. Default: nobody is told.
	Progress func(done, total int, next Way)
}

// Validate reports what is wrong with the options and with the job in any of
// the ways, as far as it can be told without opening the inputs. The error is a
// *pipeline.UsageError.
func Validate(job pipeline.Job, o Options) error {
	usage := func(format string, args ...any) error {
		return &pipeline.UsageError{Err: fmt.Errorf(format, args...)}
	}
	switch {
	case o.Trials < 0:
		return usage("%d trials: at least 1 is needed", o.Trials)
	case o.Precision < 0 || o.Precision >= 1 || o.Precision != o.Precision:
		return usage("a precision of %v: it is a fraction of the median, between 0 and 1", o.Precision)
	case o.Budget < 0:
		return usage("a budget of %v: it has to be more than nothing", o.Budget)
	}
	if _, err := ParseCache(string(o.Cache)); err != nil {
		return &pipeline.UsageError{Err: err}
	}
	for _, w := range o.Ways() {
		options := w.Apply(o.Run)
		if err := pipeline.Validate(job, options); err != nil {
			return err
		}
	}
	return nil
}

// Run makes the comparison.
func Run(ctx context.Context, job pipeline.Job, o Options) (*Comparison, error) {
	if err := Validate(job, o); err != nil {
		return nil, err
	}
	files, err := Files(ctx, job, o.Run)
	if err != nil {
		return nil, err
	}
	if o.Cache == "" {
		o.Cache = Warm
	}
	warmUps := len(o.Ways()) // still to come
	s := newSession(o, time.Now, func(ctx context.Context, w Way) (Sample, pipeline.Report, error) {
		run := o
		run.Run.Profile = o.Run.Profile.With("way", w.String())
		if warmUps > 0 {
			warmUps, run.Run.Profile = warmUps-1, nil
		}
		return once(ctx, job, files, run, w)
	})
	s.c.Began, s.c.Environment = time.Now(), environment.Read()
	return s.c, s.runAll(ctx)
}

// once makes one run.
func once(ctx context.Context, job pipeline.Job, files []string, o Options, w Way) (s Sample, _ pipeline.Report, err error) {
	if s.Found, s.Resident, err = o.Cache.prepare(ctx, files); err != nil {
		return s, pipeline.Report{}, err
	}
	options := w.Apply(o.Run)
	options.Rows, options.Trace = discard{}, true
	debug.FreeOSMemory() // what the runs before left is neither in this one's memory nor in its time
	res, err := pipeline.Run(ctx, job, options)
	if err != nil {
		return s, pipeline.Report{}, err
	}
	res.Report.Charge(o.Faults)
	s.Wall = res.Report.Wall
	return s, res.Report, nil
}

// session is a comparison that is being made.
type session struct {
	ways     []Way
	rule     rule
	random   *rand.Rand
	now      func() time.Time
	once     func(context.Context, Way) (Sample, pipeline.Report, error)
	progress func(done, total int, next Way)
	done     int // runs
	c        *Comparison
}

func newSession(o Options, now func() time.Time, once func(context.Context, Way) (Sample, pipeline.Report, error)) *session {
	for o.Seed == 0 {
		o.Seed = uint64(rand.Uint32()) // short enough to be typed
	}
	s := &session{ways: o.Ways(), random: rand.New(rand.NewPCG(o.Seed, 0)), now: now, once: once, progress: o.Progress}
	s.rule = o.rule(len(s.ways))
	s.c = &Comparison{
		Seed: o.Seed, Cache: o.Cache, Precision: s.rule.precision, Budget: s.rule.budget,
		Alpha: alphaFor(len(s.ways)), LeastTrials: s.rule.least,
	}
	for _, w := range s.ways {
		s.c.Rows = append(s.c.Rows, Series{Way: w})
	}
	return s
}

func (s *session) runAll(ctx context.Context) error {
	for i := range s.ways {
		if _, _, err := s.run(ctx, i, s.rule.expected(0, 0)); err != nil {
			return err
		}
	}
	began := s.now()
	for ended := false; !ended; {
		expected := s.rule.expected(s.c.Trials, s.now().Sub(began))
		for position, i := range s.random.Perm(len(s.ways)) {
			sample, report, err := s.run(ctx, i, expected)
			if err != nil {
				return err
			}
			sample.Round, sample.Position = s.c.Trials+1, position+1
			row := &s.c.Rows[i]
			row.Samples, row.Reports = append(row.Samples, sample), append(row.Reports, report)
			row.dropTraces()
		}
		s.c.Trials++
		s.c.Stop, ended = s.rule.ended(s.c, s.now().Sub(began))
	}
	s.c.conclude()
	return nil
}

// run runs way i and checks its result.
func (s *session) run(ctx context.Context, i, expectedRounds int) (Sample, pipeline.Report, error) {
	w := s.ways[i]
	if s.progress != nil {
		s.progress(s.done, (expectedRounds+1)*len(s.ways), w)
	}
	s.done++
	sample, report, err := s.once(ctx, w)
	if err != nil {
		return sample, report, fmt.Errorf("%s: %w", w, err)
	}
	if s.c.Digest == "" {
		s.c.Digest = report.Digest
	}
	if report.Digest != s.c.Digest {
		return sample, report, &DigestError{A: s.ways[0].String(), B: w.String(), DigestA: s.c.Digest, DigestB: report.Digest}
	}
	return sample, report, nil
}

// DigestError says that two ways gave different results, which is a bug.
type DigestError struct{ A, B, DigestA, DigestB string }

func (e *DigestError) Error() string {
	return fmt.Sprintf("the results differ: %s gave %s, %s gave %s; please report this", e.A, e.DigestA, e.B, e.DigestB)
}
