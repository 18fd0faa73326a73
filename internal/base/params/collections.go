package params

import (
	"fmt"
	"reflect"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

func (d *decoder) structure(n *tree.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	switch n.Kind {
	case tree.Null:
		n = &tree.Node{Kind: tree.Map, File: n.File, Line: n.Line, Col: n.Col}
	case tree.Map:
	default:
		d.wrong(n, path, "a mapping of "+names(fields), "write name: value")
		return
	}
	for _, p := range n.Pairs {
		i := indexOf(fields, p.Key.Text)
		if i < 0 {
			what := fmt.Sprintf("unknown key %q", p.Key.Text)
			if path != "" {
				what += " in " + path
			}
			wanted := "no parameters"
			if len(fields) > 0 {
				wanted = "one of " + names(fields)
			}
			d.fail(p.Key, what, "", wanted, diag.Meant(p.Key.Text, fieldNames(fields)))
			continue
		}
		f := fields[i]
		d.value(p.Value, v.FieldByIndex(f.index), f.limits(), join(path, f.name))
	}
}

// list decodes a list. One that names nothing is nil, however it is written,
// as is a mapping: so that nil and empty are one value.
func (d *decoder) list(n *tree.Node, v reflect.Value, lim limits, path string) {
	if n.Kind == tree.Null || n.Kind == tree.List && len(n.Items) == 0 {
		v.SetZero()
		return
	}
	if n.Kind != tree.List {
		d.wrong(n, path, typeWords(v.Type()), "write [a, b] or one - item a line")
		return
	}
	s := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		s.Index(i).Set(fresh(v.Type().Elem()).Elem())
		d.value(item, s.Index(i), lim, fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(s)
}

func (d *decoder) mapping(n *tree.Node, v reflect.Value, lim limits, path string) {
	if n.Kind == tree.Null || n.Kind == tree.Map && len(n.Pairs) == 0 {
		v.SetZero()
		return
	}
	if n.Kind != tree.Map {
		d.wrong(n, path, typeWords(v.Type()), "write name: value")
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Pairs))
	for _, p := range n.Pairs {
		e := fresh(v.Type().Elem()).Elem()
		d.value(p.Value, e, lim, join(path, p.Key.Text))
		m.SetMapIndex(reflect.ValueOf(p.Key.Text).Convert(v.Type().Key()), e)
	}
	v.Set(m)
}

func (d *decoder) ordered(n *tree.Node, m ordered, lim limits, path string) {
	if lim.listed {
		n = d.keyed(n, path)
	}
	if n.Kind != tree.Map && n.Kind != tree.Null {
		d.wrong(n, path, "a mapping", "write name: value")
		return
	}
	m.reset(len(n.Pairs))
	for i, p := range n.Pairs {
		e := m.add(i, p.Key.Text)
		if s, ok := e.Addr().Interface().(interface{ SetDefaults() }); ok {
			s.SetDefaults()
		}
		if !lim.listed || p.Value.Kind != tree.Null {
			d.value(p.Value, e, lim, join(path, p.Key.Text))
		}
	}
}

// keyed gives the mapping that a list of its keys, or one of them, stands for.
func (d *decoder) keyed(n *tree.Node, path string) *tree.Node {
	items := n.Items
	switch n.Kind {
	case tree.Scalar:
		items = []*tree.Node{n}
	case tree.List:
	default:
		return n
	}
	m := &tree.Node{Kind: tree.Map, File: n.File, Line: n.Line, Col: n.Col}
	for i, item := range items {
		var key string
		before := len(d.errs)
		d.scalar(item, reflect.ValueOf(&key).Elem(), limits{}, fmt.Sprintf("%s[%d]", path, i))
		if len(d.errs) == before && slices.ContainsFunc(m.Pairs, func(p tree.Pair) bool { return p.Key.Text == key }) {
			d.fail(item, fmt.Sprintf("%q stands twice in %s", key, orThis(path)), "", "each once", "remove one of them")
		}
		m.Pairs = append(m.Pairs, tree.Pair{Key: item, Value: &tree.Node{}})
	}
	return m
}

// strings decodes a text, or a list of texts.
func (d *decoder) strings(n *tree.Node, s *Strings, lim limits, path string) {
	items := n.Items
	switch n.Kind {
	case tree.Null:
		*s = nil
		return
	case tree.Scalar:
		items = []*tree.Node{n}
	case tree.Map:
		d.wrong(n, path, typeWords(reflect.TypeFor[Strings]()), "write [a, b]")
		return
	}
	if *s = nil; len(items) == 0 {
		return
	}
	*s = make(Strings, len(items))
	for i, item := range items {
		d.scalar(item, reflect.ValueOf(&(*s)[i]).Elem(), lim, path)
	}
}

func (d *decoder) unmarshal(n *tree.Node, u Unmarshaler, path string) {
	var list diag.List
	list.Add(u.UnmarshalTree(n))
	for _, e := range list {
		if e.What == "" {
			e.What = "the value of " + orThis(path) + " does not fit"
		}
		if e.Found == "" && e.Wanted != "" {
			e.Found = n.Describe()
		}
	}
	d.errs = append(d.errs, list...)
}
