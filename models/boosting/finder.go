package boosting

// finder finds the bins of numbers among ascending cuts. A grid of equal steps
// says which cuts may matter, seldom more than one: its steps are in the order of
// numbers, so that cuts in the steps before are not above the number, and those
// in the steps behind are.
type finder struct {
	cuts       []float32
	low, scale float32
	before     []uint16 // by step, the cuts in those before it, and at the end all
}

// stepsACut is how many steps there are for each cut.
const stepsACut = 8

func newFinder(cuts []float32) finder {
	f := finder{cuts: cuts, before: make([]uint16, stepsACut*len(cuts)+2)}
	if len(cuts) == 0 {
		return f
	}
	f.low = cuts[0]
	f.scale = float32(len(f.before)-2) / (cuts[len(cuts)-1] - f.low)
	for _, cut := range cuts {
		f.before[f.step(cut)+1]++
	}
	for k := range f.before[1:] {
		f.before[k+1] += f.before[k]
	}
	return f
}

// step gives the step of a number, and the first where there is no telling.
func (f *finder) step(v float32) int {
	at, last := (v-f.low)*f.scale, float32(len(f.before)-2)
	if !(at > 0) {
		return 0
	}
	return int(min(at, last))
}

// bin gives the number of cuts that are not above v, which is a number.
func (f *finder) bin(v float32) int {
	step := f.step(v)
	lo, hi := int(f.before[step]), int(f.before[step+1])
	if lo == hi {
		return lo
	}
	return lo + binOf(f.cuts[lo:hi], v)
}
