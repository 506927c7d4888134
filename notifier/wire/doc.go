// Package wire is what the websocket doors have in common: who may come in from
// which page, connections that cost one goroutine while they are silent, and a
// gate that ends them all, spread over a while.
package wire
