package open

import (
	"errors"
	"os"
)

// duplicate is left to a copy on Windows.
func duplicate(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

// descriptorLimit is generous: Windows limits handles by memory.
func descriptorLimit() int { return 8192 }

func tooManyOpen(error) bool { return false }
