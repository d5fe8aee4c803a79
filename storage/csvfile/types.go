package csvfile

import (
	"fmt"
	"strings"

	"github.com/weir-pipeline/weir/storage/chunk"
)

// ParseType is the type that a text such as float64, string, date32,
// timestamp[ms] or timestamp[us, UTC] names, the inverse of
// [chunk.Type.String] for the types that can be read from text. A timestamp
// without a unit is in microseconds.
func ParseType(text string) (chunk.Type, error) {
	name := strings.TrimSpace(text)
	if inside, ok := strings.CutPrefix(name, "timestamp"); ok {
		typ := chunk.Type{ID: chunk.Timestamp, Unit: chunk.Microsecond}
		if inside == "" {
			return typ, nil
		}
		if strings.HasPrefix(inside, "[") && strings.HasSuffix(inside, "]") {
			unit, zone, _ := strings.Cut(inside[1:len(inside)-1], ",")
			typ.Zone = strings.TrimSpace(zone)
			for u := chunk.Second; u <= chunk.Nanosecond; u++ {
				if u.String() == strings.TrimSpace(unit) {
					typ.Unit = u
					return typ, nil
				}
			}
		}
		return chunk.Type{}, fmt.Errorf("%q is no timestamp type; it is timestamp[s], [ms], [us] or [ns], or timestamp[us, UTC]", text)
	}
	id, ok := chunk.ParseID(name)
	if !ok || id == chunk.Unsupported || id == chunk.Float16 {
		return chunk.Type{}, fmt.Errorf("%q is no type for text; there are bool, int8 to int64, uint8 to uint64, float32, float64, date32, date64, timestamp[s|ms|us|ns] and string", text)
	}
	return chunk.Type{ID: id}, nil
}
