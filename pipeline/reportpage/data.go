package reportpage

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/weir-pipeline/weir/pipeline/verdict"
)

// Data is the JSON of a report or a comparison with a last member "verdict".
// Without a verdict it is as it was.
func Data(of json.Marshaler, v *verdict.Verdict) (json.RawMessage, error) {
	text, err := json.Marshal(of)
	if err != nil || v == nil {
		return text, err
	}
	said, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("the verdict: %w", err)
	}
	object, ok := bytes.CutSuffix(text, []byte("}"))
	if !ok {
		return nil, fmt.Errorf("%T is no object in JSON", of)
	}
	if len(object) > 1 {
		object = append(object, ',')
	}
	object = append(object, `"verdict":`...)
	return append(append(object, said...), '}'), nil
}
