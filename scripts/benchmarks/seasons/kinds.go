package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
)

var (
	fiveMinutes    = series.Frequency{Unit: series.Second, N: 300}
	quarterHours   = series.Frequency{Unit: series.Second, N: 900}
	halfHours      = series.Frequency{Unit: series.Second, N: 1800}
	hours          = series.Frequency{Unit: series.Second, N: 3600}
	dayFrequency   = series.Frequency{Unit: series.Day, N: 1}
	weekFrequency  = series.Frequency{Unit: series.Week, N: 1}
	monthFrequency = series.Frequency{Unit: series.Month, N: 1}
)

// seasonal are two thousand steps, or what four weeks have, with a day and a
// week, forecast a day ahead.
var seasonal = []kind{
	{name: "half hours", freq: halfHours, n: 2000, h: 48, naives: []int{48, 336}, values: cycles(48, 7)},
	{name: "hours", freq: hours, n: 2000, h: 24, naives: []int{24, 168}, values: cycles(24, 7)},
	{name: "hours, a week ahead", freq: hours, n: 2000, h: 168, naives: []int{24, 168}, values: cycles(24, 7)},
	{name: "quarter hours", freq: quarterHours, n: 2700, h: 96, naives: []int{96, 672}, values: cycles(96, 7)},
	{name: "five minutes", freq: fiveMinutes, n: 8100, h: 288, naives: []int{288, 2016}, values: cycles(288, 7)},
}

// long are the kinds that take longest.
var long = []kind{
	{name: "half hours of a year", freq: halfHours, n: 17_520, h: 48, naives: []int{48, 336}, values: cycles(48, 7)},
	{name: "half hours, a week ahead", freq: halfHours, n: 17_520, h: 336, naives: []int{48, 336}, values: cycles(48, 7)},
	{name: "five minutes of a year", freq: fiveMinutes, n: 100_000, h: 288, naives: []int{288, 2016}, values: cycles(288, 7)},
	{name: "five minutes, a week ahead", freq: fiveMinutes, n: 20_000, h: 2016, naives: []int{288, 2016}, values: cycles(288, 7)},
	{name: "minutes", freq: series.Frequency{Unit: series.Second, N: 60}, n: 43_200, h: 1440, naives: []int{1440, 10_080}, values: cycles(1440, 7)},
	{name: "hours without a season", freq: hours, n: 100_000, h: 24, naives: []int{24}, values: walk},
	{name: "half hours without a season", freq: halfHours, n: 17_520, h: 48, naives: []int{48}, values: walk},
	{name: "half hours, a day alone", freq: halfHours, n: 2000, h: 48, naives: []int{48}, values: cycles(48, 0)},
	{name: "hours, a day alone", freq: hours, n: 2000, h: 24, naives: []int{24}, values: cycles(24, 0)},
	{name: "days of 27 years", freq: dayFrequency, n: 10_000, h: 365, naives: []int{7, 365}, values: cycles(7, 52)},
	{name: "days, random walk", freq: dayFrequency, n: 2000, h: 28, naives: []int{7}, values: walk},
	{name: "weeks", freq: weekFrequency, n: 2000, h: 52, naives: []int{52}, values: cycles(52, 0)},
	{name: "months", freq: monthFrequency, n: 2000, h: 12, naives: []int{12}, values: cycles(12, 0)},
	{name: "months, random walk", freq: monthFrequency, n: 2000, h: 12, naives: []int{12}, values: walk},
	{name: "far ahead", freq: dayFrequency, n: 2000, h: 10_000, naives: []int{7}, values: walk},
	{name: "demand now and then", freq: hours, n: 100_000, h: 24, naives: []int{24}, values: demand},
}

// cycles is a day of m steps, with a week of the given days where that is not 0,
// a slow random walk, and autocorrelated noise.
func cycles(m, days int) func(uint64, int) []float64 {
	return func(seed uint64, n int) []float64 {
		r := rand.New(rand.NewPCG(seed, uint64(m)))
		shape := make([]float64, m)
		for k := range shape {
			x := 2 * math.Pi * float64(k) / float64(m)
			shape[k] = 20*math.Sin(x) + 8*math.Cos(2*x) + 3*math.Sin(5*x)
		}
		weight := make([]float64, max(days, 1))
		for d := range weight {
			weight[d] = 1 + 0.15*r.NormFloat64()
			if days > 1 && d%7 >= 5 {
				weight[d] *= 0.6
			}
		}
		y, level, e := make([]float64, n), 100.0, 0.0
		for t := range y {
			level += 0.05 * r.NormFloat64()
			e = 0.7*e + 1.5*r.NormFloat64()
			y[t] = level + weight[t/m%len(weight)]*shape[t%m] + e
		}
		return y
	}
}

func walk(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 99))
	y, level, e := make([]float64, n), 1000.0, 0.0
	for t := range y {
		level += r.NormFloat64()
		e = 0.6*e + 2*r.NormFloat64()
		y[t] = level + e
	}
	return y
}

func demand(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 98))
	y := make([]float64, n)
	for t := range y {
		if r.Float64() < 0.1 {
			y[t] = 1 + math.Floor(4*r.ExpFloat64())
		}
	}
	return y
}

// beside adds columns to a series: each says on which tenth of its steps y is
// higher by five.
func beside(columns, n int, y []float64) []forecast.Column {
	r := rand.New(rand.NewPCG(7, 7))
	var all []forecast.Column
	for i := range columns {
		x := make([]float64, n)
		for t := range x {
			if r.Float64() < 0.1 {
				x[t] = 1
				y[t] += 5
			}
		}
		all = append(all, forecast.Column{Name: fmt.Sprintf("column %d", i+1), Values: x})
	}
	return all
}
