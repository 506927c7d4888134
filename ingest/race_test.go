//go:build race

package ingest_test

// The race detector keeps a shadow several times the size of what the program
// touches, and is slow: a smaller file, and more room for the shadow. A door
// that kept the file would still grow by several times its size.
const (
	underRace = true

	bigFile   = 64 << 20 // bytes
	maxGrowth = 56 << 20 // bytes of resident memory
)
