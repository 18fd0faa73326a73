//go:build !race

package main

// raced says whether the tests run under the race detector.
const raced = false
