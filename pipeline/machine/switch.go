package machine

import (
	"context"
	"os"
	"runtime"
	"time"
)

// Switch is what it costs to wake somebody, and to look at the clock.
type Switch struct {
	// WakeSeconds is from a write of one byte to a pipe to the return of the read
	// that waited for it in another thread: half of a round trip over two pipes
	// between two goroutines, each locked to its thread and asleep in read(2).
	WakeSeconds Figure `json:"wake_s"`

	// ClockSeconds is one call of time.Now.
	ClockSeconds Figure `json:"clock_s"`

	// UsageSeconds is one call of getrusage(2) for the calling thread.
	UsageSeconds *Figure `json:"getrusage_s,omitempty"`
}

const (
	wakeTrips    = 16
	callsAtATime = 200
)

// MeasureSwitch wakes a thread over and over.
func MeasureSwitch(ctx context.Context, o Options) (*Switch, error) {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	s, err := measureSwitch(ctx, o)
	return s, wrap("the waking of a thread", err)
}

func measureSwitch(ctx context.Context, o Options) (*Switch, error) {
	there, err := newBlockingPipe()
	if err != nil {
		return nil, err
	}
	back, err := newBlockingPipe()
	if err != nil {
		there.close()
		return nil, err
	}
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer back.w.Close()
		for one := make([]byte, 1); ; {
			if n, err := there.r.Read(one); n == 0 || err != nil {
				return
			}
			if _, err := back.w.Write(one); err != nil {
				return
			}
		}
	}()
	var wake, clock, usage series
	onThread(func() {
		one := make([]byte, 1)
		for p := newPace(o.budget(), 15); p.another(ctx) && err == nil; {
			began := time.Now()
			for range wakeTrips {
				if _, err = there.w.Write(one); err != nil {
					return
				}
				if _, err = back.r.Read(one); err != nil {
					return
				}
			}
			wake.addTime(time.Since(began), 2*wakeTrips)
			began = time.Now()
			now := began
			for range callsAtATime {
				now = time.Now()
			}
			clock.addTime(now.Sub(began), callsAtATime)
			if _, _, ok := threadFaults(); ok {
				began = time.Now()
				for range callsAtATime {
					threadFaults()
				}
				usage.addTime(time.Since(began), callsAtATime)
			}
		}
	})
	there.w.Close() // ends the echo
	<-echoed
	there.close()
	back.close()
	if err != nil {
		return nil, err
	}
	if len(wake) == 0 {
		return nil, ended(ctx)
	}
	return &Switch{WakeSeconds: wake.figure(), ClockSeconds: clock.figure(), UsageSeconds: usage.optional()}, nil
}

// onThread runs f on a thread of its own and waits for it.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		f()
	}()
	<-done
}

// pipe is both ends of one.
type pipe struct{ r, w *os.File }

// newBlockingPipe makes a pipe whose reads and writes wait in the kernel, not in
// the Go runtime.
func newBlockingPipe() (*pipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r.Fd() // makes it blocking
	w.Fd()
	return &pipe{r, w}, nil
}

// close closes what is still open.
func (p *pipe) close() {
	p.r.Close()
	p.w.Close()
}
