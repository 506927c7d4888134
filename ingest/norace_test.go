//go:build !race

package ingest_test

const (
	underRace = false

	bigFile   = 200 << 20 // bytes
	maxGrowth = 32 << 20  // bytes of resident memory
)
