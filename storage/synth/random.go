package synth

import "math"

// stream is the random numbers of one column: the r-th is the r-th of a
// SplitMix64 generator (Steele, Lea, Flood, "Fast splittable pseudorandom
// number generators", OOPSLA 2014), whose state is a counter, so that each can
// be computed without those before it.
type stream uint64

// newStream tells streams apart by seed, column and purpose.
func newStream(seed uint64, column string, purpose byte) stream {
	h := mix(seed + golden)
	for i := range len(column) {
		h = mix(h ^ uint64(column[i]) + golden)
	}
	return stream(mix(h ^ uint64(purpose)<<32 + golden))
}

const golden = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio

// at is the random number of a row.
func (s stream) at(row int64) uint64 { return mix(uint64(s) + uint64(row)*golden) }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is u as a float in [0, 1).
func unit(u uint64) float64 { return float64(u>>11) * (1.0 / (1 << 53)) }

// ziggurat draws from the standard normal distribution (Marsaglia and Tsang,
// "The ziggurat method for generating random variables", 2000): 128 layers of
// equal area. edge[i] is how far layer i reaches, height[i] the density there.
// The layout, the tail and the fallback are computed with plain arithmetic and
// own exp and log, so that every machine draws the same numbers.
type ziggurat struct {
	edge, height [129]float64
}

const (
	layers    = 128
	tailFrom  = 3.442619855899            // the right edge of the base layer
	layerArea = 9.91256303526217e-3       // of each layer, the tail counted to the base
	toUnit63  = 1.0 / 9223372036854775808 // 2^-63
)

func newZiggurat() *ziggurat {
	var z ziggurat
	z.edge[layers] = layerArea / density(tailFrom)
	z.edge[layers-1] = tailFrom
	for i := layers - 2; i >= 1; i-- {
		up := layerArea/z.edge[i+1] + density(z.edge[i+1])
		z.edge[i] = math.Sqrt(-2 * log(up))
	}
	z.edge[0] = 0
	for i := range z.edge {
		z.height[i] = density(z.edge[i])
	}
	z.height[layers] = 0
	return &z
}

func density(x float64) float64 { return exp(-0.5 * float64(x*x)) }

// normal is the normal value of a random number, and of further ones that it
// is mixed into for the 2 % of draws that the first cannot decide.
func (z *ziggurat) normal(u uint64) float64 {
	for {
		layer := u&(layers-1) + 1
		x := float64(int64(u&^(layers-1))) * toUnit63 // in [-1, 1)
		x *= z.edge[layer]
		if math.Abs(x) < z.edge[layer-1] {
			return x
		}
		if layer == layers {
			if math.Abs(x) < tailFrom {
				return x
			}
			return tail(u, x < 0)
		}
		u = mix(u + golden)
		if y := z.height[layer] + float64(unit(u)*(z.height[layer-1]-z.height[layer])); y < density(x) {
			return x
		}
		u = mix(u + golden)
	}
}

// tail draws beyond tailFrom.
func tail(u uint64, negative bool) float64 {
	for {
		u = mix(u + golden)
		x := -log(1-unit(u)) / tailFrom
		u = mix(u + golden)
		y := -log(1 - unit(u))
		if y+y > float64(x*x) {
			if negative {
				return -(tailFrom + x)
			}
			return tailFrom + x
		}
	}
}

// exp is e^x to about 2 ulp for |x| up to 650. math.Exp is assembly on some
// machines and differs in the last bit. e^x is 2^(n/32) e^r with r below
// ln2/64; every product is rounded by a conversion, so none is fused with a sum.
func exp(x float64) float64 {
	const (
		perLn2 = 32 / math.Ln2
		ln2Hi  = 0.021660849390173098 // ln2/32 but for its last bits,
		ln2Lo  = 2.325192846878874e-12
	)
	n := math.Floor(float64(x*perLn2) + 0.5)
	r := x - float64(n*ln2Hi) - float64(n*ln2Lo)
	p := 1.0 / 720
	for _, c := range [...]float64{1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1} {
		p = float64(p*r) + c
	}
	i := int(n)
	return float64(p*roots[i&31]) * math.Float64frombits(uint64(i>>5+1023)<<52)
}

// roots[i] is 2^(i/32), from square roots, which are rounded correctly
// everywhere.
var roots = func() (r [32]float64) {
	root := [5]float64{}
	last := 2.0
	for i := range root {
		last = math.Sqrt(last)
		root[i] = last
	}
	for i := range r {
		r[i] = 1
		for bit := range root {
			if i>>bit&1 == 1 {
				r[i] *= root[4-bit]
			}
		}
	}
	return r
}()

// log is the natural logarithm of a positive x to a few ulp: from
// 2 atanh((m-1)/(m+1)) for the mantissa m between sqrt(1/2) and sqrt(2).
func log(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for k := 21; k >= 1; k -= 2 {
		sum = float64(sum*s2) + 1/float64(k)
	}
	return float64(2*s*sum) + float64(float64(e)*math.Ln2)
}
