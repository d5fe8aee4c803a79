package exec

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/wire"
)

// expectProfile tells whether the worker may send the profile m now. l.mu is
// held.
func (l *link) expectProfile(m *wire.Message) error {
	k := profile.Kind(m.Kind)
	switch {
	case !slices.Contains(l.job.Profile.Options().Kinds(), k):
		return fmt.Errorf("a profile of kind %q that nobody asked for", m.Kind)
	case l.at < ending:
		return errors.New("it sends a profile before the end")
	case !l.merged:
		return errors.New("it sends a profile without its partial")
	case slices.Contains(l.profiled, k):
		return fmt.Errorf("a second %s profile", k)
	case m.Bytes > profile.MaxBytes:
		return fmt.Errorf("a %s profile of %d bytes, more than %d", k, m.Bytes, profile.MaxBytes)
	}
	l.profiled = append(l.profiled, k)
	return nil
}

func (l *link) takeProfile(m *wire.Message, payload []byte) error {
	if err := l.job.Profile.Add(profile.Kind(m.Kind), l.proc.Name, payload); err != nil {
		return &WorkerError{Name: l.proc.Name, Err: fmt.Errorf("%w: %w", wire.ErrProtocol, err)}
	}
	return nil
}

// noteLackingProfiles has the report say what a worker that says bye has not
// sent. A program in another language may have no profiler.
func (l *link) noteLackingProfiles() {
	for _, k := range l.job.Profile.Options().Kinds() {
		if !slices.Contains(l.profiled, k) {
			l.job.Profile.Lacks(k, l.proc.Name)
		}
	}
}
