// Package render writes a finished forecast in the three forms people and
// tools ask for: output.json, forecast.csv and forecast.png.
//
// The job and `pgcast forecast` both write through it, which is why their
// files agree to the byte. Each function takes an [engine.Output], writes to
// an [io.Writer], and reads no clock: the same output gives the same bytes.
package render
