package forecast

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/pgcast/pgcast/forecast/model"
)

// pathProbs are the quantiles between which sample paths are drawn.
func pathProbs() []float64 {
	p := []float64{0.005, 0.01, 0.025}
	for i := 1; i < 20; i++ {
		p = append(p, float64(i)/20)
	}
	return append(p, 0.975, 0.99, 0.995)
}

// paths draws futures that could come, one row each, from the forecast's own
// distribution at each step.
//
// What ties the steps of a path together is read off how the variance grows. In
// a linear model with innovations ε the error h steps ahead is Σ ψⱼ·ε(h−j), of
// variance σ²·Σ ψⱼ² over j < h (Box & Jenkins 1976, section 5.1): each step's
// growth gives a ψ². A path is such a sum of normal draws, and its value at a step
// the quantile of that step with the same probability (a Gaussian copula:
// Nelsen 2006, "An Introduction to Copulas").
func (r *run) paths(f model.Forecast, key string) [][]Number {
	n, h := r.options.Paths, len(f.Mean)
	if n == 0 {
		return nil
	}
	psi := r.innovations(f)
	name := fnv.New64a()
	name.Write([]byte(key))
	source := rand.New(rand.NewPCG(r.options.Seed, name.Sum64()))
	size := 1
	for size < 2*h {
		size *= 2
	}
	sum := newConvolution(psi, size)
	scale := make([]float64, h) // one over the standard deviation of each sum
	total := 0.0
	for i, w := range psi {
		total += w * w
		scale[i] = 1 / math.Sqrt(total)
	}
	z := make([]float64, len(r.probs))
	for i, p := range r.probs {
		z[i] = model.NormalQuantile(p)
	}
	out := make([][]Number, n)
	draws := make([]float64, size)
	for k := range out {
		clear(draws)
		for i := range h {
			draws[i] = source.NormFloat64()
		}
		sum.apply(draws)
		values := make([]float64, h)
		for i := range values {
			values[i] = between(z, f, i, draws[i]*scale[i])
		}
		out[k] = r.emit(values[r.history.ahead:])
	}
	return out
}

// innovations returns ψ, the first of them 1.
func (r *run) innovations(f model.Forecast) []float64 {
	low, high := f.Quantiles[r.row(unitLower)], f.Quantiles[r.row(unitUpper)]
	psi := make([]float64, len(f.Mean))
	psi[0] = 1
	first, most := 0.0, 0.0
	for h := range psi {
		half := (high[h] - low[h]) / 2
		v := half * half
		if first == 0 {
			first, most = v, v
			continue
		}
		if v > most {
			psi[h] = math.Sqrt((v - most) / first)
			most = v
		}
	}
	return psi
}

// between is the value of step h at the normal quantile x: on the line between
// the quantiles beside it, beyond the last ones on their line. An empirical
// forecast has no values between its own.
func between(z []float64, f model.Forecast, h int, x float64) float64 {
	last := len(z) - 1
	i := 1
	for i < last && z[i] < x {
		i++
	}
	low, high := f.Quantiles[i-1][h], f.Quantiles[i][h]
	if f.Empirical {
		if x <= z[i-1] {
			return low
		}
		return high
	}
	return low + (high-low)*(x-z[i-1])/(z[i]-z[i-1])
}

// convolution multiplies by fixed weights in the frequency domain.
type convolution struct {
	fft     *fourier.FFT
	weights []complex128
	space   []complex128
}

func newConvolution(weights []float64, size int) *convolution {
	padded := make([]float64, size)
	copy(padded, weights)
	fft := fourier.NewFFT(size)
	return &convolution{fft: fft, weights: fft.Coefficients(nil, padded), space: make([]complex128, size/2+1)}
}

// apply replaces x, whose second half is zero, by the sums.
func (c *convolution) apply(x []float64) {
	c.fft.Coefficients(c.space, x)
	for i, w := range c.weights {
		c.space[i] *= w
	}
	c.fft.Sequence(x, c.space)
	for i := range x {
		x[i] /= float64(len(x))
	}
}
