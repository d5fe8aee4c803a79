package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// sample is one run of a task by a way.
type sample struct {
	Inside float64 `json:"inside_s"` // as the program itself says, without its start
	Wall   float64 `json:"wall_s"`   // of the whole process
	Load   float64 `json:"other_load"`

	rows [][]json.Number // the answer
}

// run does a task once. watch, if it is not nil, is called while the process
// runs and returns when it has ended.
func (w way) run(t task, file string, watch func(pid int, ended <-chan struct{})) (sample, error) {
	args := w.args(t, file)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), w.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	busy := busyCPU()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		if watch != nil {
			watch(cmd.Process.Pid, ended)
		}
	}()
	err := cmd.Wait()
	s := sample{Wall: time.Since(began).Seconds()}
	busy = busyCPU() - busy - cmd.ProcessState.UserTime() - cmd.ProcessState.SystemTime()
	s.Load = max(0, busy.Seconds()/s.Wall)
	close(ended)
	<-watched
	if err != nil {
		return s, fmt.Errorf("%s, %s of %s: %w\n%s", w.name, t.name, file, err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := w.answer(&s, stdout.Bytes(), stderr.Bytes()); err != nil {
		return s, fmt.Errorf("%s, %s of %s: %w", w.name, t.name, file, err)
	}
	return s, nil
}

// answer reads what the program said: its rows and, but for weir, the time on
// standard output.
func (w way) answer(s *sample, stdout, stderr []byte) error {
	var said struct {
		Seconds float64
		Rows    [][]json.Number
	}
	if err := json.Unmarshal(stdout, &said); err != nil {
		return fmt.Errorf("what it prints is not understood: %w: %.200s", err, stdout)
	}
	s.rows, s.Inside = said.Rows, said.Seconds
	if !w.weir {
		return nil
	}
	var timings struct {
		WallS float64 `json:"wall_s"`
	}
	lines := bytes.Split(bytes.TrimSpace(stderr), []byte{'\n'}) // warnings may stand before
	if err := json.Unmarshal(lines[len(lines)-1], &timings); err != nil {
		return fmt.Errorf("its timings are not understood: %w: %.200s", err, stderr)
	}
	s.Inside = timings.WallS
	return nil
}
