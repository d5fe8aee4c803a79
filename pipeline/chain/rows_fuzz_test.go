package chain_test

import (
	"testing"

	"github.com/weir-pipeline/weir/pipeline/chain"
	"github.com/weir-pipeline/weir/stages/block"
	"github.com/weir-pipeline/weir/stages/result"
	"github.com/weir-pipeline/weir/storage/chunk"
)

var everyKind = []result.Column{
	{Name: "b", Type: block.Type{Kind: block.Bool}},
	{Name: "i", Type: block.Type{Kind: block.Int}},
	{Name: "s", Type: block.Type{Kind: block.String}},
	{Name: "t", Type: block.Type{Kind: block.Timestamp, Unit: chunk.Nanosecond, Zone: "UTC"}},
	{Name: "d", Type: block.Type{Kind: block.Date}},
}

func TestCheckRowsRefusesWhatNoChainWrites(t *testing.T) {
	columns := everyKind[:3]
	for name, c := range map[string]struct {
		rows string
		ok   bool
	}{
		"no rows":              {"", true},
		"nulls":                {"\x00\x00\x00", true},
		"values":               {"\x01\x01\x00\x00\x00\x00\x00\x00\x00\x02abcdefgh\x05\x02hi", true},
		"half a row":           {"\x00\x00", false},
		"half a number":        {"\x00\x02abc", false},
		"another kind":         {"\x02abcdefgh\x00\x00", false},
		"a text without end":   {"\x00\x00\x05\x7fhi", false},
		"a length without end": {"\x00\x00\x05\xff", false},
		"a bool of two":        {"\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := chain.CheckRows([]byte(c.rows), columns); (err == nil) != c.ok {
				t.Errorf("CheckRows = %v", err)
			}
		})
	}
	if chain.CheckRows([]byte{0}, nil) == nil {
		t.Error("bytes without columns pass")
	}
}

// FuzzRows: rows that pass CheckRows can be decoded and printed.
func FuzzRows(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x01\x01\x00\x00\x00\x00\x00\x00\x00\x02abcdefgh\x05\x02hi\x07abcdefgh\x06abcdefgh"))
	f.Fuzz(func(t *testing.T, src []byte) {
		checked := chain.CheckRows(src, everyKind)
		var text []byte
		err := chain.DecodeRows(src, everyKind, func(row []result.Value) error {
			for _, v := range row {
				text = result.AppendText(text[:0], v)
				text = result.AppendJSON(text, v)
			}
			return nil
		})
		if checked == nil && err != nil {
			t.Errorf("rows that pass cannot be decoded: %v", err)
		}
	})
}
