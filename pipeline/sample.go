package pipeline

// Sample is what a [Probe] found out about a job: its outline, and what some of
// its chunks cost when they were read and computed in this process. Costs are
// processor time, where the system counts it for a thread, else wall time.
type Sample struct {
	Outline Outline `json:"outline"`

	TookSeconds  float64 `json:"took_s"`
	Lanes        int     `json:"lanes"`         // that Together had at work
	SampledRows  int64   `json:"sampled_rows"`  // different rows that were read and computed, over all lanes
	TotalRows    int64   `json:"total_rows"`    // of the splits that would be read; an estimate if Estimated
	Estimated    bool    `json:"estimated"`     // the input does not say its rows: from the bytes of those sampled
	CPUMeasured  bool    `json:"cpu_measured"`  // costs are processor time
	CPUShare     float64 `json:"cpu_share"`     // processor time by wall time where nothing was waited for; below 1 others used the processors
	SplitSeconds float64 `json:"split_s"`       // opening a split, and what its first chunk takes longer than others
	PlanSeconds  float64 `json:"plan_s"`        // opening the inputs and planning, wall time
	CloseSeconds float64 `json:"close_s"`       // closing them, wall time, without what touched bytes add
	UnmapPerByte float64 `json:"unmap_s_per_B"` // of mapped input that was touched, when it is closed

	// Alone is the costs with one lane at work, Together with Lanes at work at
	// once, each on chunks of its own; nil if there was no chunk left for it, or
	// Lanes is 1.
	Alone    Costs  `json:"alone"`
	Together *Costs `json:"together,omitempty"`

	// What a chunk is and leaves.
	RowBytes     float64 `json:"row_bytes"`    // of column buffers
	ChunkBytes   float64 `json:"chunk_bytes"`  // that a chunk has beside its rows': dictionaries
	TextShare    float64 `json:"text_share"`   // of the buffers' bytes that belong to columns of text
	Columns      int     `json:"columns"`      // of a chunk
	Selectivity  float64 `json:"selectivity"`  // rows after the stages by rows read; 1 for aggregates, whose rows are not counted
	ReturnPerRow float64 `json:"return_B_row"` // bytes of result rows for each row read; 0 for aggregates
	EmitPerRow   float64 `json:"emit_s_row"`   // seconds to decode result rows and take their digest, for each row read
	Partial      Partial `json:"partial"`
	Skew         []Place `json:"skew"`
}

// Costs is what the steps of one chunk take.
type Costs struct {
	Chunks int64 `json:"chunks"` // measured
	Rows   int64 `json:"rows"`

	Read    StepCost `json:"read"`
	Decode  StepCost `json:"decode"`
	Compute StepCost `json:"compute"` // on memory that this process touches for the first time, if the input is mapped
	Return  StepCost `json:"return"`  // encoding rows of the result

	// WarmComputeRow is Compute.RowSeconds on memory that has been touched before.
	WarmComputeRow float64 `json:"warm_compute_s_row"`
}

// StepCost is what a step takes: so much for each chunk whatever its rows, so
// much for each row, and by how much chunks differ.
type StepCost struct {
	ChunkSeconds   float64 `json:"chunk_s"`
	RowSeconds     float64 `json:"row_s"`
	BlockedSeconds float64 `json:"blocked_row_s"` // of wall time for each row without a processor: waiting for a disk
	Spread         float64 `json:"spread"`        // standard deviation between chunks of RowSeconds, by their mean
}

// Partial is what a lane has of aggregates at its end.
type Partial struct {
	SizeBytes     int64   `json:"size_bytes"` // encoded, of Rows rows
	Rows          int64   `json:"rows"`
	Growth        float64 `json:"growth"` // the size grows with rows to the power of Growth: 0 if all groups are there, 1 if each row is one
	EncodeSeconds float64 `json:"encode_s"`
	MergeSeconds  float64 `json:"merge_s"`       // into another, as it is
	MergeBytes    float64 `json:"merge_bytes_s"` // from its bytes
}

// Place is what rows cost at one place of the input.
type Place struct {
	Split   int     `json:"split"`          // position in Outline.Splits
	Rows    int64   `json:"rows"`           // measured there
	Seconds float64 `json:"row_s"`          // of reading, decoding and computing a row
	Bytes   float64 `json:"row_bytes_read"` // of the input; 0 if unknown
}
