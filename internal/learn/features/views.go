package features

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// A view is a way of its own to turn the same columns into numbers: members of
// one model need not read what suits the others. Each is a Features with the
// inputs, the derived columns and the target of the one that has it, and has no
// views itself.
type view struct {
	name string
	*Features
}

// View gives the options of a view, by its place among Views: what holds for all,
// and what it does differently.
func (o *Options) View(at int) Options {
	v := *o.Views[at].Value.Value().(*Options)
	v.Target, v.Task, v.Statistics, v.Derive, v.Views = o.Target, o.Task, o.Statistics, o.Derive, nil
	return v
}

// resolveViews decodes the views over what holds for all.
func (o *Options) resolveViews() error {
	for i := range o.Views {
		name, at := o.Views[i].Key, "views."+o.Views[i].Key
		own := *o
		own.Views = nil
		switch v := &o.Views[i].Value; {
		case name == "":
			return params.Fault("views", "a view has no name", "", "name it after the models that read it, as in trees: {…}")
		case slices.Index(o.Views.Keys(), name) < i:
			return params.Fault("views", fmt.Sprintf("two views are called %q", name), "", "give each a name of its own")
		case v.Value() != nil: // and perhaps changed since
			continue
		default:
			if err := v.Into(&own); err != nil {
				return err
			}
		}
		whole := "say it for all views, beside views:"
		switch {
		case own.Target != o.Target:
			return params.Fault(at+".target", "a view cannot predict something of its own", "", whole)
		case own.Task != o.Task:
			return params.Fault(at+".task", "a view cannot have a task of its own", "", whole)
		case !slices.Equal(own.Derive, o.Derive):
			return params.Fault(at+".derive", "columns are derived for all views", "", whole+" A view that is not to read one says drop: [NAME]")
		case !reflect.DeepEqual(own.Statistics, o.Statistics):
			return params.Fault(at+".statistics", "statistics are those of all views", "", whole+" A view that is not to read one says drop: [NAME]")
		case len(own.Views) > 0:
			return params.Fault(at+".views", "a view has no views", "", "list them all side by side")
		}
	}
	return nil
}

// checkViews is CheckColumns for what each view says of its own.
func (o *Options) checkViews(columns []string) error {
	var wrong []error
	for i, v := range o.Views {
		own := o.View(i)
		wrong = append(wrong, params.Within("views."+v.Key, own.CheckColumns(columns)))
	}
	return errors.Join(wrong...)
}

// fitViews is fit where views are declared.
func fitViews(t *table.Table, with fitting) (*Features, made, error) {
	all, ready, read := &Features{}, with.ready, map[string]table.Field{}
	o := with.options
	for i, declared := range o.Views {
		own := with
		own.options = o.View(i)
		f, rows, err := fit(t, own)
		if err != nil {
			return nil, made{}, params.Within("views."+declared.Key, err)
		}
		maps.Copy(ready.sparse, rows.sparse)
		maps.Copy(ready.dense, rows.dense)
		all.views = append(all.views, view{declared.Key, f})
		all.Task, all.Target, all.Classes, all.statistics = f.Task, f.Target, f.Classes, f.statistics
		for _, d := range f.derived { // what is generated need not be the same in all views
			if !slices.ContainsFunc(all.derived, func(has derived) bool { return has.Field.Name == d.Field.Name }) {
				all.derived = append(all.derived, d)
			}
		}
		for _, input := range f.Inputs {
			read[input.Name] = input
		}
		for _, found := range f.Findings {
			if !slices.ContainsFunc(all.Findings, func(g notebook.Finding) bool { return g.Text == found.Text }) {
				all.Findings = append(all.Findings, found)
			}
		}
	}
	for _, c := range t.Columns {
		if input, ok := read[c.Name]; ok {
			all.Inputs = append(all.Inputs, input)
		} else if c.Name != all.Target.Name {
			all.Unread = append(all.Unread, c.Name)
		}
	}
	all.seal()
	return all, ready, nil
}

// sealViews gathers what follows from the views.
func (f *Features) sealViews() {
	f.names = nil
	for _, v := range f.views {
		v.Task, v.Target, v.Classes, v.Inputs, v.Unread, v.statistics, v.derived = f.Task, f.Target, f.Classes, f.Inputs, f.Unread, f.statistics, f.derived
		v.seal()
		f.names = append(f.names, v.names...)
	}
	f.leads = f.leading()
}

// Views gives the names of the views, nil where there are none, and View one of
// them: the features that models which read it know of, nil where no view is
// called so.
func (f *Features) Views() []string {
	var names []string
	for _, v := range f.views {
		names = append(names, v.name)
	}
	return names
}

// View is described with Views; of "" it is Main.
func (f *Features) View(name string) *Features {
	if name == "" {
		return f.Main()
	}
	for _, v := range f.views {
		if v.name == name {
			return v.Features
		}
	}
	return nil
}

// Main gives the features of matrix.Matrix.Main.
func (f *Features) Main() *Features {
	for _, v := range f.views {
		if !v.Sparse() {
			return v.Features
		}
	}
	if len(f.views) > 0 {
		return f.views[0].Features
	}
	return f
}

// MainView gives the name of the view that is Main; "" where there are none.
func (f *Features) MainView() string {
	for _, v := range f.views {
		if v.Features == f.Main() {
			return v.name
		}
	}
	return ""
}

// eachView gives the features that have encoders, each with what it made of x.
func (f *Features) eachView(x *matrix.Matrix) func(yield func(*Features, *matrix.Matrix) bool) {
	return func(yield func(*Features, *matrix.Matrix) bool) {
		if f.views == nil {
			yield(f, x)
			return
		}
		for i, v := range f.views {
			if !yield(v.Features, x.Views[i].Matrix) {
				return
			}
		}
	}
}

// encodeViews is encode where there are views.
func (f *Features) encodeViews(t *table.Table, ready made, cores int) (*matrix.Matrix, error) {
	views := make([]matrix.View, len(f.views))
	for i, v := range f.views {
		x, err := v.encode(t, ready, cores)
		if err != nil {
			return nil, err
		}
		views[i] = matrix.View{Name: v.name, Matrix: x}
	}
	return matrix.Join(views), nil
}
