// Package model is the contract every forecasting method keeps: one question
// ([Task]) in, one finished answer ([Forecast]) out. The suite in
// forecast/modeltest holds every implementation to it.
package model

import (
	"context"
	"errors"
	"fmt"
)

// Model is one forecasting method. It is safe for concurrent use, and the same
// task gives the same answer.
type Model interface {
	// Name is the word users choose the method by, for instance "ets".
	Name() string

	// Forecast fits the method to the task's history and looks ahead. The
	// error wraps [ErrUnsuitable] when the history does not carry the method
	// (too short, say); otherwise it is the context's.
	Forecast(ctx context.Context, t Task) (Forecast, error)
}

// Task is one question to a model. Models do not change its slices.
type Task struct {
	Y       []float64 // history, oldest first; finite, at least one value
	Season  int       // steps per season; 1: none
	Seasons []int     // steps of every season the data may have, ascending; nil: Season alone
	Horizon int       // steps ahead, ≥ 1
	Probs   []float64 // quantiles wanted, in (0, 1), ascending; may be empty
	Seed    uint64    // for methods that draw random numbers
}

// Forecast is a model's finished answer, in the units of the history. All
// numbers are finite, except that Fitted may hold NaN.
type Forecast struct {
	Spec      string             // the fitted form, for instance "ETS(M,A,M)"
	Params    map[string]float64 // estimated pure numbers by name, for instance alpha
	Amounts   map[string]float64 // estimated quantities in the units of the history, for instance the start level
	Mean      []float64          // Horizon values
	Quantiles [][]float64        // one row of Horizon values per Task.Probs; ascending down the rows
	Empirical bool               // the quantiles are values of the history, or zero: there is nothing to scale
	Members   []Member           // of a combination: what it is made of
	Fitted    []float64          // one-step predictions of Task.Y; NaN where there is none
}

// Member is one part of a combination. Its parameters carry its name in front.
type Member struct {
	Name   string // "" for the anchor that a combination leans to
	Spec   string
	Weight float64
}

// ErrUnsuitable says that the history does not carry the method.
var ErrUnsuitable = errors.New("series does not suit the method")

// Unsuitable is an [ErrUnsuitable] that says its reason in plain words.
func Unsuitable(reason string, args ...any) error {
	return unsuitable(fmt.Sprintf(reason, args...))
}

type unsuitable string

func (u unsuitable) Error() string { return string(u) }

func (u unsuitable) Is(target error) bool { return target == ErrUnsuitable }
