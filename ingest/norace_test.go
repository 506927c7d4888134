//go:build !race

package ingest_test

const (
	bigFile   = 200 << 20 // bytes
	maxGrowth = 32 << 20  // bytes of resident memory
)
