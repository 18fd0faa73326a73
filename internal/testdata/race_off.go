//go:build !race

package testdata

// Raced says whether the tests run under the race detector.
const Raced = false
