package notebook

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/figure"
)

// Cells of before hold pictures; they are read, and written as they were.
func TestPicturesOfBefore(t *testing.T) {
	const kept = `{"blocks":[{"figure":{"alt":"a","caption":"c","type":"svg","data":"PHN2Zy8+","width":640,"height":300}},` +
		`{"gallery":[{"alt":"b","type":"png","data":"AAA=","width":0,"height":0}]}]}`
	cell, err := Decode([]byte(kept))
	require.NoError(t, err)
	figures := cell.Figures()
	require.Len(t, figures, 2)
	assert.Equal(t, &Picture{Type: "svg", Data: []byte("<svg/>"), Width: 640, Height: 300}, figures[0].Picture)
	assert.Nil(t, figures[0].Chart)
	again, err := cell.Encode()
	require.NoError(t, err)
	assert.Equal(t, kept, string(again))
}

// A figure as data has nothing of a picture.
func TestChartsAreData(t *testing.T) {
	cell := &Cell{}
	cell.Fold("more", func(c *Cell) {
		c.Figure(&Figure{Alt: "a", Chart: &figure.Chart{Histogram: &figure.Histogram{Edges: figure.Numbers{0, .5}, Counts: []int{3}}}})
	})
	data, err := cell.Encode()
	require.NoError(t, err)
	assert.Equal(t, `{"blocks":[{"fold":{"summary":"more","blocks":[{"figure":{"alt":"a","chart":{"histogram":{"edges":[0,0.5],"counts":[3]}}}}]}}]}`, string(data))
	read, err := Decode(data)
	require.NoError(t, err)
	assert.Nil(t, read.Figures()[0].Picture)
	assert.NoError(t, read.Figures()[0].Chart.Check())
}
