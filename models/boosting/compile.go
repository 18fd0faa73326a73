package boosting

// compiled is a model made ready to predict.
type compiled struct {
	model *Model
}

func compile(m *Model) *compiled { return &compiled{model: m} }

// maxGroups is up to how many margins of a row are kept on the stack.
const maxGroups = 64

// predict writes the predictions of rows, row-major.
func (c *compiled) predict(dst, rows []float64, n int) {
	m := c.model
	groups, outputs := len(m.base), m.Outputs()
	var room [maxGroups]float64
	margins := room[:0]
	if groups > maxGroups {
		margins = make([]float64, 0, groups)
	}
	for i := range n {
		row := rows[i*m.columns : (i+1)*m.columns]
		margins = append(margins[:0], m.base...)
		for k, t := range m.trees {
			margins[k%groups] += t.value(row)
		}
		m.link.link(dst[i*outputs:(i+1)*outputs], margins)
	}
}

// value gives what the tree adds for a row.
func (t *Tree) value(row []float64) float64 {
	at := int32(0)
	for {
		n := &t.Nodes[at]
		if n.Right == 0 {
			return float64(n.Value)
		}
		if t.goesLeft(n, row[n.Column]) {
			at++
		} else {
			at = n.Right
		}
	}
}
