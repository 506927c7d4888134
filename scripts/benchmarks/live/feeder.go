package main

import (
	"encoding/json"
	"net/http"
	"time"
)

// pattern is what is to be written: bursts of a message to the next clients.
type pattern struct {
	Size  int           // bytes of a message of the floor
	Burst int           // clients of a burst
	Every time.Duration // between two bursts; 0: flat out
	Times int
}

// feed has each message of a pattern delivered, one after the other.
func (p pattern) feed(deliver func() error) error {
	begin := time.Now()
	for n := range p.Times {
		time.Sleep(time.Until(begin.Add(time.Duration(n) * p.Every)))
		for range p.Burst {
			if err := deliver(); err != nil {
				return err
			}
		}
	}
	return nil
}

// feeder feeds what POST /write asks for.
func feeder(begin func(pattern) (deliver func() error, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p pattern
		err := json.NewDecoder(r.Body).Decode(&p)
		if err == nil {
			var deliver func() error
			if deliver, err = begin(p); err == nil {
				err = p.feed(deliver)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}
