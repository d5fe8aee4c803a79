//go:build !linux

package machine

import (
	"context"
	"errors"
	"fmt"
)

// errUnsupported is why there are no figures: faults are not counted for a thread
// here.
var errUnsupported = fmt.Errorf("this system does not count the faults of a thread: %w", errors.ErrUnsupported)

func threadFaults() (minor, major int64, ok bool) { return 0, 0, false }

func measureInputFault(context.Context, Options) (*Fault, error) { return nil, errUnsupported }

func measureArenaFault(context.Context, Options) (*ArenaFault, error) { return nil, errUnsupported }
