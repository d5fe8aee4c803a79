package expr

import (
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/storage/format"
)

// inside tells whether a value of a column lies in an interval.
func inside(loOpen, hiOpen bool, iv format.Interval, v Value) bool {
	if v.Null {
		return false
	}
	switch v.Type.Kind {
	case block.Float:
		return (loOpen || v.Float >= iv.Lo.Float) && (hiOpen || v.Float <= iv.Hi.Float)
	case block.String:
		return (loOpen || v.Text >= iv.Lo.Text) && (hiOpen || v.Text <= iv.Hi.Text)
	case block.Uint:
		return (loOpen || compareExactly(v, Value{Type: intType, Int: iv.Lo.Int}) != -1) &&
			(hiOpen || compareExactly(v, Value{Type: intType, Int: iv.Hi.Int}) != 1)
	case block.Bool:
		n := int64(0)
		if v.Bool {
			n = 1
		}
		return (loOpen || n >= iv.Lo.Int) && (hiOpen || n <= iv.Hi.Int)
	}
	return (loOpen || v.Int >= iv.Lo.Int) && (hiOpen || v.Int <= iv.Hi.Int)
}
