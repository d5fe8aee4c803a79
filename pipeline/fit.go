package pipeline

import "errors"

// Fit is what a run of the sampled job would decide if it had other options.
type Fit struct {
	Mode       Mode
	Reason     string // why auto chose it
	Codec      string // pipe only
	Workers    int    // lanes that compute
	Readers    int    // goroutines that read; in pipe and mmap beside the workers
	ChunkRows  int
	ArenaBytes int64 // that chunks can lease at once
}

// Fit fits the sampled job to the mode, codec, workers, chunk rows and memory
// limit of o; what is zero there is as the sample's options have it. The error is
// that of Run.
func (s *Sample) Fit(o Options) (Fit, error) {
	if s.plan == nil {
		return Fit{}, errors.New("internal error: a sample that no probe made cannot be fitted")
	}
	with := s.options
	if o.Mode != "" {
		with.Mode = o.Mode
	}
	if with.Codec = o.Codec; with.Codec == "" {
		with.Codec = s.options.Codec
	}
	if o.Workers != 0 {
		with.Workers = o.Workers
	}
	if o.ChunkRows != 0 {
		with.ChunkRows = o.ChunkRows
	}
	if o.MemoryLimitBytes != 0 {
		with.MemoryLimitBytes = o.MemoryLimitBytes
	}
	p := *s.plan
	p.mode, p.workers, p.reason = with.Mode, with.Workers, ""
	p.request.MaxRows = cmpOrInt(with.ChunkRows, p.chunkRows(with))
	p.chooseMode(with)
	var err error
	if p.budget, err = newBudget(with, p.mode, p.workers); err != nil {
		return Fit{}, err
	}
	p.fitChunks(with)
	f := Fit{Mode: p.mode, Reason: p.reason, Workers: p.workers, Readers: p.readers, ChunkRows: p.request.MaxRows, ArenaBytes: p.budget.arenaBytes}
	if p.mode == Pipe {
		f.Codec = with.Codec
	}
	return f, nil
}
