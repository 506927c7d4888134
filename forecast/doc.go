// Package forecast turns a regular series into a forecast with prediction
// intervals. It is pure mathematics: no database, no network, no clock.
package forecast
