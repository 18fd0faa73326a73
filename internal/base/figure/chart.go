// Package figure is what a figure says, as data: series of numbers, scales,
// names and words. How it looks is not in it: no colour, no size, no picture,
// no number that has been made a text. So a better drawing changes no cell, and
// no stage runs again for it.
//
// The encoding is plain JSON with the same bytes for the same chart. What is
// decoded may come from anywhere: Check says whether it can be drawn.
package figure

// Chart is one figure. One of its contents is set, from Bars to Parallel.
type Chart struct {
	Title    string `json:"title,omitempty"`
	Subtitle string `json:"subtitle,omitempty"`
	// Room says how much of a page the chart wants: "" all its width, Half
	// or Small that of a gallery's column, Small with less in it.
	Room string `json:"room,omitempty"`
	X    Axis   `json:"x,omitzero"`
	Y    Axis   `json:"y,omitzero"`

	Bars      *Bars      `json:"bars,omitempty"`
	XY        *XY        `json:"xy,omitempty"`
	Histogram *Histogram `json:"histogram,omitempty"`
	Groups    []Group    `json:"groups,omitempty"`
	Matrix    *Matrix    `json:"matrix,omitempty"`
	Parallel  *Parallel  `json:"parallel,omitempty"`
}

// The rooms of a gallery.
const (
	Half  = "half"
	Small = "small"
)

// Axis is a scale with its name, which has the unit in brackets.
type Axis struct {
	Name  string      `json:"name,omitempty"`
	Scale string      `json:"scale,omitempty"` // "" is linear
	Ends  *[2]float64 `json:"ends,omitempty"`  // lower and upper; nil leaves them to the drawing
	// Levels are the names of 0, 1 and so on; nil where the axis has numbers.
	Levels []string `json:"levels,omitempty"`
}

// The scales besides the linear one.
const (
	Log   = "log"
	Date  = "date"  // seconds since 1970
	Whole = "whole" // whole numbers, such as versions
)

// Bars is a number per name. Low and High are the ends of its interval, Counts
// how many rows it is from; each is absent or as long as Names.
type Bars struct {
	Form   string   `json:"form,omitempty"` // "" lies and begins at zero
	Names  []string `json:"names"`
	Values Numbers  `json:"values"`
	Low    Numbers  `json:"low,omitempty"`
	High   Numbers  `json:"high,omitempty"`
	Counts []int    `json:"counts,omitempty"`
	Of     float64  `json:"of,omitempty"`     // the whole that the values are parts of
	Strong []int    `json:"strong,omitempty"` // what stands out, by index
}

// The other forms of bars.
const (
	Dots    = "dots"    // a dot with its interval: zero is no natural start
	Upright = "upright" // side by side, for names that are in order
)

// XY is numbers against numbers.
type XY struct {
	Series   []Series `json:"series,omitempty"`
	Bins     *Bins    `json:"bins,omitempty"`     // in place of very many points
	Diagonal bool     `json:"diagonal,omitempty"` // the line of equal X and Y
	Zero     bool     `json:"zero,omitempty"`     // the line where Y is 0
}

// Series is points in order. A gap in X or Y breaks a line; Low and High are a
// band around a line and intervals around points.
type Series struct {
	Name string  `json:"name,omitempty"`
	Mark string  `json:"mark,omitempty"` // "" is a line
	Role string  `json:"role,omitempty"` // "" is one of several of equal rank
	X    Numbers `json:"x"`
	Y    Numbers `json:"y"`
	Low  Numbers `json:"low,omitempty"`
	High Numbers `json:"high,omitempty"`
}

// The marks besides the line.
const (
	LineDots = "line and dots"
	Steps    = "steps" // each value is held until the next
	Points   = "points"
)

// The roles of series.
const (
	Quiet       = "quiet"        // the ground that others stand out from
	Summary     = "summary"      // what sums up the points
	Total       = "total"        // what the others are parts of
	Now         = "now"          // the one that counts, such as the champion
	Chosen      = "chosen"       // such as versions that became champion
	Elsewhere   = "elsewhere"    // not to be seen beside the rest
	ChosenThere = "chosen there" // both
)

// Bins counts points on a grid between the ends of the axes, even on their
// scales.
type Bins struct {
	Columns int `json:"columns"`
	Rows    int `json:"rows"`
	// Runs are row, first column, and the counts from there on, all above zero;
	// row 0 is the lowest.
	Runs [][]int `json:"runs"`
}

// Histogram counts numbers between neighbouring edges.
type Histogram struct {
	Edges  Numbers  `json:"edges"`
	Counts []int    `json:"counts"`
	Median *float64 `json:"median,omitempty"`
}

// Group is how the numbers of one category are spread.
type Group struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
	// Five are the lower whisker, the quartiles and the upper whisker; absent
	// where there is no number.
	Five Numbers `json:"five,omitempty"`
	// Density is a curve over even steps, on the scale of X, from the first of
	// Span to the second, as parts of its highest point; absent where there are
	// too few numbers.
	Span    *[2]float64 `json:"span,omitempty"`
	Density Numbers     `json:"density,omitempty"`
}

// Matrix is a number for each pair of a row and a column.
type Matrix struct {
	Form    string    `json:"form"`
	Rows    []string  `json:"rows"`
	Columns []string  `json:"columns"`
	Values  []Numbers `json:"values"`
	// Link, where there is one, gives where the rows of a cell are, by the places of its row
	// and column. It belongs to the page that shows the figure, and is in no cell.
	Link func(row, column int) string `json:"-"`
}

// The forms of a matrix.
const (
	Signed    = "signed"    // numbers from -1 to 1
	Confusion = "confusion" // counts; what is on the diagonal is right
	Shares    = "shares"    // counts, to be seen as parts of their row
)

// Parallel is rows of numbers, each drawn as a line through all dimensions.
type Parallel struct {
	Dimensions []Dimension `json:"dimensions"`
	Scores     Numbers     `json:"scores"`
	Lower      bool        `json:"lower,omitempty"` // small scores are better
}

// Dimension has a value for each score. With Levels the values are indices.
type Dimension struct {
	Name   string   `json:"name"`
	Scale  string   `json:"scale,omitempty"`
	Levels []string `json:"levels,omitempty"`
	Values Numbers  `json:"values"`
}
