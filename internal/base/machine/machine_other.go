//go:build !linux

package machine

import "errors"

// SpaceAt tells of the file system that a path lies in.
func SpaceAt(string) (Space, error) { return Space{}, errors.ErrUnsupported }

// Bounds gives the limits of this process.
func Bounds() Limits { return Limits{} }
