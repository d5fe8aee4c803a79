package worker

import (
	"context"

	"github.com/weir-pipeline/weir/pipeline/profile"
	"github.com/weir-pipeline/weir/pipeline/timing"
	"github.com/weir-pipeline/weir/pipeline/wire"
)

// startProfiles starts the profiles that hello asks for.
func (w *server) startProfiles(m *wire.Message) (err error) {
	o := profile.Options{CPU: m.CPUProfile, Heap: m.HeapProfile}
	if o == (profile.Options{}) {
		return nil
	}
	if w.recorder, err = profile.Record(context.Background(), o); err != nil {
		return err
	}
	w.lane.OnSwitch(w.recorder.OnSwitch())
	return nil
}

// sendProfiles ends the profiles and sends them, while the worker still holds
// what it made. One that is longer than the coordinator takes is left out, which
// costs a warning and not the run.
func (w *server) sendProfiles() error {
	if w.recorder == nil {
		return nil
	}
	w.lane.Switch(timing.Return)
	w.lane.OnSwitch(nil)
	taken, err := w.recorder.Take()
	if err != nil {
		return err
	}
	for _, p := range taken {
		if len(p.Compressed) > profile.MaxBytes {
			continue
		}
		if err := w.conn.Send(&wire.Message{Type: wire.Profile, Kind: string(p.Kind)}, p.Compressed); err != nil {
			return err
		}
	}
	return nil
}

// stopProfiles ends what sendProfiles has not.
func (w *server) stopProfiles() {
	if w.recorder != nil {
		w.recorder.StopCPU()
	}
}
