package open

import "github.com/weir-pipeline/weir/storage/csvfile"

// CSV says how text is read, for callers that name no format package.
type CSV = csvfile.Options
