package pipeline

import (
	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/stages/result"
)

// sink is where a run's result goes: a table, or the rows' writer. It computes
// the digest on the way.
type sink struct {
	final  *chain.Chain
	digest *result.Digester
	out    result.RowWriter
	table  *result.Table
	cols   []result.Column
	began  bool
}

func newSink(final *chain.Chain, out result.RowWriter) (*sink, error) {
	s := &sink{final: final, out: out, cols: final.Columns()}
	s.digest = result.NewDigester(s.cols)
	if out == nil {
		s.table = &result.Table{Columns: s.cols}
	}
	return s, nil
}

// rows takes encoded rows, in the order of the dataset.
func (s *sink) rows(encoded []byte) error {
	return chain.DecodeRows(encoded, s.cols, s.row)
}

func (s *sink) row(row []result.Value) error {
	s.digest.Row(row)
	if s.out == nil {
		s.table.Rows = append(s.table.Rows, append([]result.Value(nil), row...))
		return nil
	}
	if err := s.begin(); err != nil {
		return err
	}
	if err := s.out.Row(row); err != nil {
		return &OutputError{err}
	}
	return nil
}

func (s *sink) begin() error {
	if s.began {
		return nil
	}
	s.began = true
	if err := s.out.Columns(s.cols); err != nil {
		return &OutputError{err}
	}
	return nil
}

// finish completes the result once everything has been merged.
func (s *sink) finish() (*result.Table, string, error) {
	if s.final.Aggregates() {
		table, err := s.final.Result()
		if err != nil {
			return nil, "", err
		}
		for _, row := range table.Rows {
			if err := s.row(row); err != nil {
				return nil, "", err
			}
		}
	}
	if s.out != nil {
		if err := s.begin(); err != nil {
			return nil, "", err
		}
	}
	return s.table, s.digest.Sum(), nil
}

// OutputError says that the result could not be written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "writing the result: " + e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }
