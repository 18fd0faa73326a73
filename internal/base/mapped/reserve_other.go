//go:build !linux

package mapped

import (
	"errors"
	"os"
)

// reserve makes a file so long, with space for all of it.
func reserve(*os.File, int64) error { return errors.ErrUnsupported }
