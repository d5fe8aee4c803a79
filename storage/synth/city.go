package synth

import "github.com/weir-pipeline/weir/storage/chunk"

// cities are the values of a City column: short and long ones, some that are
// no ASCII and some that CSV has to quote.
var cities = [...]string{
	"Amsterdam", "Athens", "Bangkok", "Barcelona", "Berlin", "Bogotá", "Boston", "Brussels", "Budapest", "Buenos Aires",
	"Cairo", "Cape Town", "Chicago", "Copenhagen", "Dakar", "Delhi", "Dublin", "Hanoi", "Helsinki", "Hong Kong",
	"Istanbul", "Jakarta", "Johannesburg", "Kraków", "Lagos", "Lima", "Lisbon", "Ljubljana", "London", "Madrid",
	"Melbourne", "México, D.F.", "Milan", "Montréal", "Nairobi", "New York, N.Y.", "Oslo", "Paris", "Prague", "Reykjavík",
	"Rio de Janeiro", "Rome", "São Paulo", "Seoul", "Singapore", "Sydney", "Tokyo", "Vienna", "Warsaw", "Zürich",
}

func cityDictionary() *chunk.Column {
	offsets := make([]int32, 1, len(cities)+1)
	var text []byte
	for _, c := range cities {
		text = append(text, c...)
		offsets = append(offsets, int32(len(text)))
	}
	return &chunk.Column{Type: chunk.Type{ID: chunk.String}, Len: len(cities), Offsets: chunk.Bytes(offsets), Values: text}
}
