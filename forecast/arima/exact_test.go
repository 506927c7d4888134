package arima

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// orders of many shapes, and free vectors for them.
var shapes = []Order{
	{}, {P: 1}, {Q: 1}, {P: 2, Q: 2}, {P: 3}, {Q: 3}, {P: 1, Q: 4},
	{P: 1, SP: 1, M: 4}, {Q: 1, SQ: 1, M: 4}, {P: 2, Q: 1, SP: 1, SQ: 1, M: 4}, {SP: 2, SQ: 2, M: 12}, {P: 5, Q: 5, M: 4, SP: 1},
}

func someVector(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1.6*r.Float64() - 0.8
	}
	return x
}

// autocovariances sums the products of the weights of past errors: slow and
// plain.
func autocovariances(c *coefficients, lags int) []float64 {
	const far = 6000
	psi := make([]float64, far)
	for t := range psi {
		if t == 0 {
			psi[t] = 1
		} else if t <= len(c.theta) {
			psi[t] = c.theta[t-1]
		}
		for i, f := range c.phi {
			if t > i {
				psi[t] += f * psi[t-1-i]
			}
		}
	}
	out := make([]float64, lags)
	for k := range out {
		out[k] = dot(psi[:far-k], psi[k:])
	}
	return out
}

// cholesky factors a symmetric matrix in place, lower triangle.
func cholesky(a [][]float64) {
	for i := range a {
		for j := range i + 1 {
			s := a[i][j] - dot(a[i][:j], a[j][:j])
			if i == j {
				a[i][i] = math.Sqrt(s)
			} else {
				a[i][j] = s / a[j][j]
			}
		}
	}
}

// covariance is the matrix of linear combinations (rows) of a stationary
// process.
func covariance(rows [][]float64, gamma []float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i, a := range rows {
		out[i] = make([]float64, len(rows))
		for j, b := range rows {
			for s, u := range a {
				for t, v := range b {
					if u != 0 && v != 0 {
						out[i][j] += u * v * gamma[max(s-t, t-s)]
					}
				}
			}
		}
	}
	return out
}

func TestErrorsAreThoseOfTheCovarianceMatrix(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const n = 90
	for _, o := range shapes {
		f := newFilter(o, 1, n)
		f.set(someVector(r, o.terms()))
		gamma := autocovariances(&f.coefficients, n)
		v := make([][]float64, n)
		w := make([]float64, n)
		for i := range v {
			v[i] = make([]float64, n)
			w[i] = r.NormFloat64()
			for j := range v[i] {
				v[i][j] = gamma[max(i-j, j-i)]
			}
		}
		cholesky(v)
		errors := [][]float64{make([]float64, n)}
		logs := f.exact([][]float64{w}, errors)
		want, e := 0.0, make([]float64, n)
		for i := range e {
			e[i] = (w[i] - dot(v[i][:i], e[:i])) / v[i][i]
			want += 2 * math.Log(v[i][i])
			if math.Abs(errors[0][i]-e[i]) > 1e-8 {
				t.Fatalf("%s: error %d is %v, want %v", o, i, errors[0][i], e[i])
			}
		}
		if math.Abs(logs-want) > 1e-8 {
			t.Errorf("%s: log determinant %v, want %v", o, logs, want)
		}
	}
}

// What is observed of a series with gaps is a set of sums of its differences,
// whose likelihood is that of their covariance matrix.
func TestGapsHaveTheLikelihoodOfWhatIsObserved(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	const n = 60
	for _, o := range []Order{{P: 1}, {P: 1, Q: 1, D: 1}, {Q: 1, D: 1, SQ: 1, M: 4}} {
		y := make([]float64, n)
		sum := 0.0
		for i := range y {
			sum += r.NormFloat64()
			y[i] = sum
			if o.D == 0 {
				y[i] = r.NormFloat64()
			}
		}
		for _, gap := range []int{5, 6, 17, 30, 31, 32, 50} {
			y[gap] = math.NaN()
		}
		d := newDesign(y, nil)
		p := newProblem(o, d, false)
		x := someVector(r, o.terms())
		got := d.deviance(p, p.value(x))
		var rows [][]float64 // observed contrasts in terms of the differences
		var values []float64
		last := -1
		for i, v := range y {
			if math.IsNaN(v) {
				continue
			}
			if last >= 0 || o.D == 0 {
				row := make([]float64, n)
				if o.D == 0 {
					row[i] = 1
					values = append(values, v)
				} else {
					for s := last + 1; s <= i; s++ {
						row[s] = 1
					}
					values = append(values, v-y[last])
				}
				rows = append(rows, row)
			}
			last = i
		}
		v := covariance(rows, autocovariances(&p.coefficients, n))
		cholesky(v)
		logs, squares := 0.0, 0.0
		e := make([]float64, len(values))
		for i := range e {
			e[i] = (values[i] - dot(v[i][:i], e[:i])) / v[i][i]
			logs += 2 * math.Log(v[i][i])
			squares += e[i] * e[i]
		}
		k := float64(len(values))
		want := logs + k*math.Log(squares/k) + k*(1+math.Log(2*math.Pi))
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: deviance %v, want %v", o, got, want)
		}
	}
}

// In a short series the filter has not settled at the end; the variance of a
// forecast is still that of the future given the past.
func TestForecastVariancesAreExact(t *testing.T) {
	t.Parallel()
	const n, h = 14, 9
	for _, o := range []Order{{P: 1}, {Q: 1, SQ: 1, M: 4}, {P: 1, D: 1, SQ: 1, M: 4}, {D: 1, SD: 1, Q: 1, SQ: 1, M: 4}} {
		r := rand.New(rand.NewPCG(5, 6))
		y := make([]float64, n)
		for i := range y {
			y[i] = r.NormFloat64() + float64(i%4)
		}
		d := newDesign(y, nil)
		p := newProblem(o, d, false)
		x := make([]float64, o.terms())
		for i := range x {
			x[i] = 0.9
		}
		f := d.finish(p, x, p.value(x))
		got := f.spread(h)
		// the future in terms of past and future differences
		past := n - o.lost()
		psi := make([]float64, h) // of integration
		for i := range psi {
			if i == 0 {
				psi[i] = 1
			}
			for _, c := range sparse(o.differencing()) {
				if i >= c.lag {
					psi[i] += c.by * psi[i-c.lag]
				}
			}
		}
		gamma := autocovariances(&p.coefficients, past+h)
		for step := range h {
			var rows [][]float64
			for i := range past {
				row := make([]float64, past+h)
				row[i] = 1
				rows = append(rows, row)
			}
			row := make([]float64, past+h)
			for i := range step + 1 {
				row[past+i] = psi[step-i]
			}
			v := covariance(append(rows, row), gamma)
			cholesky(v)
			if want := v[past][past]; math.Abs(got[step]-want) > 1e-7*want {
				t.Fatalf("%s: step %d has deviation %v, want %v", o, step+1, got[step], want)
			}
		}
	}
}

func TestLikelihoodAllocatesNothing(t *testing.T) {
	y := make([]float64, 144)
	for i := range y {
		y[i] = float64(i) + math.Sin(float64(i))
	}
	y[20] = math.NaN()
	o := Order{P: 2, D: 1, Q: 2, SP: 1, SD: 1, SQ: 1, M: 12}
	for _, approximate := range []bool{false, true} {
		p := newProblem(o, newDesign(y, nil), approximate)
		m := newMinimiser(o.terms(), len(p.residuals()))
		if n := testing.AllocsPerRun(20, func() { p.value(m.x) }); n != 0 {
			t.Errorf("a likelihood allocates %v times", n)
		}
		if n := testing.AllocsPerRun(5, func() {
			for i := range m.x {
				m.x[i] = 0
			}
			if _, err := m.run(context.Background(), p); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("a fit allocates %v times", n)
		}
	}
}

func BenchmarkLikelihood(b *testing.B) {
	b.ReportAllocs()
	y := make([]float64, 144)
	for i := range y {
		y[i] = float64(i) + math.Sin(float64(i))
	}
	o := Order{P: 2, D: 1, Q: 2, SP: 1, SD: 1, SQ: 1, M: 12}
	p := newProblem(o, newDesign(y, nil), false)
	x := someVector(rand.New(rand.NewPCG(7, 8)), o.terms())
	for b.Loop() {
		p.value(x)
	}
}
