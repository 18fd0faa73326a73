// Package exponential has the exponential function of many numbers at once, as
// classifiers need it while they learn.
package exponential

import "math"

// powers has 2^(i/32).
var powers = [32]float64{
	1, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237,
	1.0905077326652577, 1.1143867425958924, 1.1387886347566916, 1.1637248587775775,
	1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
	1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832,
	1.4142135623730951, 1.4451808069770467, 1.4768261459394993, 1.5091644275934228,
	1.5422108254079407, 1.5759808451078865, 1.6104903319492543, 1.645755478153965,
	1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072,
	1.8340080864093424, 1.8741676341103, 1.9152065613971474, 1.9571441241754002,
}

const (
	steps32 = 32 / math.Ln2   // so many of the table's steps are a factor of e
	most    = 709.            // e^709 is the last below infinity,
	least   = -708.           // e^-708 the last that is normal
	rounder = 1.5 * (1 << 52) // what is added to it has its last bits, rounded
)

// Each replaces each number by its exponential, to 2e-12 of it; what lies
// beyond -708 … 709 counts as the end. Numbers are worked on side by side, for
// none waits for another and no branch is taken; and all processors give the
// same bits, for each product is rounded, none is fused with a sum. The method
// is Tang, "Table-driven implementation of the exponential function in IEEE
// floating-point arithmetic", 1989.
func Each(v []float64) {
	for i, x := range v {
		if x < least {
			x = least
		} else if x > most {
			x = most
		}
		shifted := float64(x*steps32) + rounder
		r := x - float64((shifted-rounder)*(1/steps32))
		square := float64(r * r)
		p := r + float64(square*(0.5+float64(r*(1./6))+float64(square*(1./24))))
		n := int64(math.Float64bits(shifted)) // its last bits are the whole number
		s := powers[n&31]
		v[i] = math.Float64frombits(math.Float64bits(s+float64(s*p)) + uint64(n>>5)<<52)
	}
}
