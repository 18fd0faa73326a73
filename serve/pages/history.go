package pages

import (
	"html/template"
	"strings"

	"labbook/internal/show/plots"
	"labbook/internal/show/render"
)

// drawHistory draws the metric by which the versions were chosen; "" where fewer
// than two have it.
//
// rows tells on which test rows each version was judged, as Backend.TestRows
// gives it.
func drawHistory(m *Model, rows []string) (template.HTML, error) {
	var name string
	for i := len(m.Versions) - 1; i >= 0 && name == ""; i-- {
		name = m.Versions[i].Metric
	}
	var versions []plots.Version
	var title string
	for i, v := range m.Versions {
		for _, value := range v.Metrics {
			if value.Name == name {
				versions = append(versions, plots.Version{Number: v.Version, Value: value, Of: v.Stage, Rows: rows[i],
					Champion: m.was(v.Version), Standing: v.Version == m.Champion})
				f := newFigure(value)
				title = strings.TrimSuffix(f.Title+", "+f.Better, ", ")
				break
			}
		}
	}
	figure := plots.Versions(title, versions)
	if figure == nil {
		return "", nil
	}
	drawn, err := render.HTML(figure)
	return template.HTML(drawn), err
}

// was says whether a version has been champion.
func (m *Model) was(version int) bool {
	for _, move := range m.Moves {
		if move.To == version {
			return true
		}
	}
	return false
}
