package pipeline

// Sample is what a [Probe] found out about a job: its outline, and what some of
// its chunks cost when they were read and computed in this process. Costs are
// processor time where the system counts it for a thread, else wall time.
type Sample struct {
	Outline Outline `json:"outline"`

	TookSeconds float64 `json:"took_s"`
	Chunks      int64   `json:"chunks"`       // that were read and computed, some of them more than once
	Rows        int64   `json:"rows"`         // different rows among them
	TotalRows   int64   `json:"total_rows"`   // of the splits that a run would read
	Estimated   bool    `json:"estimated"`    // TotalRows is: from the bytes that sampled rows take in the file
	Lanes       int     `json:"lanes"`        // that were at work for Together
	CPUMeasured bool    `json:"cpu_measured"` // costs are processor time
	CPUShare    float64 `json:"cpu_share"`    // processor time by the wall time in which nothing was waited for: below 1 others used the processors too

	PlanSeconds  float64 `json:"plan_s"`           // opening the inputs, planning, and making an arena
	CloseSeconds float64 `json:"close_s"`          // closing them, when no chunk has been touched
	UnmapSeconds float64 `json:"unmap_s_per_byte"` // that closing takes longer for each byte that was touched of mapped inputs
	SplitSeconds float64 `json:"split_s"`          // opening a split
	LaneSeconds  float64 `json:"lane_s"`           // that a lane's first chunk takes longer than others: memory and code that are touched for the first time

	// Alone is the costs with one lane at work, Together those with Lanes at work
	// at once, each on chunks of its own; nil where that was not measured.
	Alone    Costs  `json:"alone"`
	Together *Costs `json:"together,omitempty"`

	Chunk   ChunkShape `json:"chunk"`
	Result  RowsShape  `json:"result"`
	Partial Partial    `json:"partial"`
	Places  []Place    `json:"places"` // of Alone and Together, in the order of splits

	// Cuts are the splits at several chunk sizes, ascending: where they cut a file
	// depends on it.
	Cuts []Cut `json:"-"`

	plan    *plan // closed
	options Options
}

// Costs is what the steps of chunks take.
type Costs struct {
	Chunks  int64    `json:"chunks"` // that were measured
	Rows    int64    `json:"rows"`
	Read    StepCost `json:"read"`
	Decode  StepCost `json:"decode"`
	Compute StepCost `json:"compute"` // of memory that the process touches for the first time, if the input is mapped

	// WarmCompute is what Compute takes for each row when the memory has been
	// touched before. It equals Compute's unless the input is mapped.
	WarmCompute float64 `json:"warm_compute_row_s"`
}

// StepCost is what a step takes: so much for each chunk whatever its rows, and
// so much for each row.
type StepCost struct {
	ChunkSeconds   float64 `json:"chunk_s"`
	RowSeconds     float64 `json:"row_s"`
	BlockedSeconds float64 `json:"blocked_row_s"` // for each row, without a processor: waiting for a device
	Spread         float64 `json:"spread"`        // of RowSeconds between chunks: standard deviation by mean
}

// Row is what a row costs in chunks of the given rows, in seconds of a processor.
func (c StepCost) Row(chunkRows float64) float64 {
	return c.RowSeconds + c.ChunkSeconds/max(chunkRows, 1)
}

// ChunkShape is what a chunk holds.
type ChunkShape struct {
	Columns      int     `json:"columns"`
	RowBytes     float64 `json:"row_bytes"`    // of column buffers, for each row
	FileBytes    float64 `json:"file_bytes"`   // of the input, for each row
	TextShare    float64 `json:"text_share"`   // of the buffers that belongs to columns of text
	Dictionaries bool    `json:"dictionaries"` // texts come with a dictionary
	Leases       bool    `json:"leases"`       // the sample's chunks took memory; otherwise they pointed into a mapped file
	Mapped       bool    `json:"mapped"`       // in mode mmap chunks point into a mapped file, whatever the sample's did
}

// RowsShape is what chunks give when the result is rows.
type RowsShape struct {
	Share       float64 `json:"share"`      // rows of the result for each row that is read
	RowBytes    float64 `json:"row_bytes"`  // encoded, for each row that is read
	EmitSeconds float64 `json:"emit_row_s"` // to decode them and take their digest, for each row that is read; what writes them is not in it
}

// Partial is what a lane has aggregated at its end.
type Partial struct {
	SizeBytes     int64   `json:"size_bytes"` // encoded, after Rows rows
	Rows          int64   `json:"rows"`
	Growth        float64 `json:"growth"` // the size goes with rows to the power of Growth: 0 if there are no new groups, 1 if each row is one
	EncodeSeconds float64 `json:"encode_s"`
	MergeSeconds  float64 `json:"merge_s"`  // taking the encoded partial apart and merging it
	ResultSeconds float64 `json:"result_s"` // making a table and its digest of all
}

// Place is what rows cost at one place of the input, by the mean of all places
// that were measured in the same way.
type Place struct {
	Split   int     `json:"split"`   // position in Outline.Splits
	Rows    int64   `json:"rows"`    // that were measured there
	Reading float64 `json:"reading"` // reading and decoding a row, 1 is the mean
	Compute float64 `json:"compute"` // computing a row, 1 is the mean
}

// Cut is the splits at one size of chunks.
type Cut struct {
	ChunkRows int
	Splits    []OutlineSplit
}
