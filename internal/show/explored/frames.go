package explored

import (
	"math"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
)

// The small tables of statistics are held, filtered and arranged in gota's
// data frames. Columns are known in them by their place ("at"), for gota takes
// a name such as "NaN" for a missing value; the statistics are our own, for
// gota's are NaN as soon as one value is missing.

// statistics makes a frame with a row per profile.
func statistics(f *explore.Facts, profiles []*explore.Profile) dataframe.DataFrame {
	at, far, tukey := make([]int, len(profiles)), make([]int, len(profiles)), make([]int, len(profiles))
	link := make([]float64, len(profiles))
	columns := map[string][]float64{}
	for i, p := range profiles {
		at[i], far[i], tukey[i] = f.Index(p.Name), p.Far, p.Tukey
		link[i] = -1
		if f.Target != nil {
			if v := math.Abs(f.Link(p.Name, f.Target.Name)); !math.IsNaN(v) {
				link[i] = v
			}
		}
		for name, v := range map[string]float64{"mean": p.Mean, "sd": p.StdDev, "min": p.Min, "q1": p.Q1, "median": p.Median, "q3": p.Q3, "max": p.Max, "skew": p.Skew} {
			columns[name] = append(columns[name], v)
		}
	}
	all := []series.Series{
		series.New(at, series.Int, "at"), series.New(far, series.Int, "far"), series.New(tukey, series.Int, "tukey"),
		series.New(link, series.Float, "link"),
	}
	for _, name := range []string{"mean", "sd", "min", "q1", "median", "q3", "max", "skew"} {
		all = append(all, series.New(columns[name], series.Float, name))
	}
	return dataframe.New(all...)
}

// numbersTable is the table of descriptive statistics.
func numbersTable(f *explore.Facts, profiles []*explore.Profile) notebook.Table {
	t := notebook.Table{
		Columns: notebook.Columns("column", "values", "mean", "sd", "min", "25%", "median", "75%", "max", "skew"),
	}
	frame := statistics(f, profiles)
	for r := range frame.Nrow() {
		p := f.Profiles[whole(frame, r, "at")]
		row := []notebook.Value{notebook.Text(p.Title()), notebook.Count(p.Count)}
		for _, name := range []string{"mean", "sd", "min", "q1", "median", "q3", "max"} {
			v := frame.Col(name).Elem(r).Float()
			if name == "sd" && p.Type == table.Date {
				row = append(row, notebook.Fixed(v/86400, 0).In("d"))
				continue
			}
			row = append(row, shown(p, v))
		}
		t.Row(append(row, notebook.Measure(p.Skew, 3))...)
	}
	return t
}

// outliersTable lists the columns with far values, most first.
func outliersTable(f *explore.Facts, profiles []*explore.Profile) notebook.Table {
	t := notebook.Table{
		Caption: "Beyond 1.5 interquartile ranges of the quartiles (Tukey), and more than six robust deviations from the median",
		Columns: notebook.Columns("column", "Tukey", "far", "lowest", "highest"),
	}
	frame := statistics(f, profiles).Filter(dataframe.F{Colname: "tukey", Comparator: series.Greater, Comparando: 0})
	if frame.Err != nil || frame.Nrow() == 0 {
		return t
	}
	frame = frame.Arrange(dataframe.RevSort("tukey"), dataframe.Sort("at"))
	for r := range frame.Nrow() {
		p := f.Profiles[whole(frame, r, "at")]
		t.Row(notebook.Text(p.Title()), notebook.Count(p.Tukey).Of(p.Count), notebook.Count(p.Far), shown(p, p.Min), shown(p, p.Max))
	}
	return t
}

// byLink gives profiles by falling association with the target; without one,
// or among equals, in the table's order.
func byLink(f *explore.Facts, profiles []*explore.Profile) []*explore.Profile {
	if len(profiles) == 0 {
		return nil
	}
	frame := statistics(f, profiles).Arrange(dataframe.RevSort("link"), dataframe.Sort("at"))
	out := make([]*explore.Profile, frame.Nrow())
	for r := range out {
		out[r] = f.Profiles[whole(frame, r, "at")]
	}
	return out
}

func whole(frame dataframe.DataFrame, row int, column string) int {
	v, err := frame.Col(column).Elem(row).Int()
	if err != nil {
		panic("explore: a frame lost its whole numbers: " + err.Error())
	}
	return v
}
