package pages

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
)

type modelsView struct {
	frame
	Models []modelCard
}

type modelCard struct {
	*Model
	Standing *record.Version // the champion, or nil
	Chosen   *figure         // its metric
}

// modelPages are the pages of models.
type modelPages struct {
	*site
	from Models
}

func (s *modelPages) models(w http.ResponseWriter, r *http.Request) error {
	all, err := s.from.Models(r.Context())
	if err != nil {
		return err
	}
	v := &modelsView{frame: s.frame(r, "Models", "models")}
	for _, m := range all {
		card := modelCard{Model: m, Standing: m.version(m.Champion)}
		if card.Standing != nil {
			card.Chosen = chosenOf(card.Standing)
		}
		v.Models = append(v.Models, card)
	}
	return s.render(w, r, http.StatusOK, "models", v)
}

// version gives a version of the model, or nil.
func (m *Model) version(number int) *record.Version {
	for _, v := range m.Versions {
		if v.Version == number {
			return v
		}
	}
	return nil
}

// Since gives when the champion came to stand; zero where none stands.
func (m *Model) Since() time.Time { return registry.Since(m.Moves) }

// findModel finds the one that the path names.
func (s *modelPages) findModel(r *http.Request) (*Model, error) {
	m, err := s.from.Model(r.Context(), r.PathValue("model"))
	if err == nil && m == nil {
		err = errNothing
	}
	return m, err
}

type modelView struct {
	frame
	*Model
	Standing *record.Version
	Figures  []figure // of the champion
	Versions []versionRow
	Older    string        // the address of the versions before these
	Chart    template.HTML // "" where there are not several versions to be drawn
	Moves    []moveRow
	Earlier  int // moves that are not shown
	// Before is where a rollback leads; 0 when it cannot be done.
	Before int
}

type versionRow struct {
	*record.Version
	Chosen   *figure
	Standing bool
	Fits     string // which fit answers and which was judged; "" where they are one
	Aliases  []string
	Ask      string // where it can be asked; "" where it cannot
}

type moveRow struct {
	record.Move
	Rollback, Retreat bool
}

// How many versions and moves of the champion a page shows, and how many versions are drawn.
const versionRows, moveRows, versionsDrawn = 30, 30, 60

// model shows the versions of a model, the newest first, and who moved the
// champion.
func (s *modelPages) model(w http.ResponseWriter, r *http.Request) error {
	m, err := s.findModel(r)
	if err != nil {
		return err
	}
	v := &modelView{frame: s.frame(r, m.Name, "models"), Model: m, Standing: m.version(m.Champion), Before: m.before()}
	if v.Standing != nil {
		for _, value := range v.Standing.Metrics {
			v.Figures = append(v.Figures, newFigure(value))
		}
	}
	drawn := *m
	drawn.Versions = m.Versions[max(0, len(m.Versions)-versionsDrawn):]
	rows, err := s.from.TestRows(r.Context(), drawn.Versions)
	if err != nil {
		return err
	}
	if v.Chart, err = drawHistory(&drawn, rows); err != nil {
		return err
	}
	end := len(m.Versions)
	if before, err := strconv.Atoi(r.URL.Query().Get("before")); err == nil {
		end, _ = slices.BinarySearchFunc(m.Versions, before, func(one *record.Version, n int) int { return one.Version - n })
	}
	first := max(0, end-versionRows)
	if first > 0 {
		v.Older = fmt.Sprintf("%s?before=%d#versions-title", path("models", m.Name), m.Versions[first].Version)
	}
	for _, one := range slices.Backward(m.Versions[first:end]) {
		row := versionRow{Version: one, Chosen: chosenOf(one), Standing: one.Version == m.Champion, Fits: registry.Fits(one), Aliases: m.aliasesAt(one.Version)}
		if m.Pipeline != "" && m.Champion != 0 && one.Retired.IsZero() {
			row.Ask = path("pipelines", m.Pipeline) + "?version=" + strconv.Itoa(one.Version)
		}
		v.Versions = append(v.Versions, row)
	}
	v.Earlier = max(0, len(m.Moves)-moveRows)
	for _, move := range slices.Backward(m.Moves[v.Earlier:]) {
		v.Moves = append(v.Moves, moveRow{move, move.Kind == record.Rollback, move.Kind == record.Retreat})
	}
	return s.render(w, r, http.StatusOK, "model", v)
}

// aliasesAt gives the aliases that stand at a version, sorted.
func (m *Model) aliasesAt(version int) []string {
	var names []string
	for _, alias := range slices.Sorted(maps.Keys(m.Aliases)) {
		if m.Aliases[alias] == version {
			names = append(names, alias)
		}
	}
	return names
}

// alias has an alias stand where the form says.
func (s *modelPages) alias(w http.ResponseWriter, r *http.Request) error {
	model, alias := r.PathValue("model"), strings.TrimSpace(r.PostFormValue("alias"))
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil || alias == "" {
		return diag.New("no alias or no version is named", "name both, as candidate and 4")
	}
	if err := s.from.SetAlias(r, model, alias, version, strings.TrimSpace(r.PostFormValue("reason"))); err != nil {
		return err
	}
	http.Redirect(w, r, path("models", model)+"?done=aliased", http.StatusSeeOther)
	return nil
}

// before gives the version that a rollback makes champion; 0 when there is none.
func (m *Model) before() int {
	_, before := registry.Line(m.Moves, m.Versions)
	return before
}

// moveView asks whether the champion is to be moved.
type moveView struct {
	frame
	*Model
	Rollback         bool
	Standing, Chosen *record.Version // the first may be nil
	Rows             []compared
}

func (s *modelPages) promotePage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.findModel(r)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("version"))
	return s.askMove(w, r, m, number, false)
}

func (s *modelPages) rollbackPage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.findModel(r)
	if err != nil {
		return err
	}
	if m.before() == 0 {
		return diag.New("no champion of "+m.Name+" stood before", "promote a version instead")
	}
	return s.askMove(w, r, m, m.before(), true)
}

func (s *modelPages) askMove(w http.ResponseWriter, r *http.Request, m *Model, number int, back bool) error {
	v := &moveView{frame: s.frame(r, "Promote "+m.Name, "models"), Model: m, Rollback: back, Standing: m.version(m.Champion), Chosen: m.version(number)}
	switch {
	case !s.may(w, r, record.ScopePromote):
		return nil
	case v.Chosen == nil:
		return errNothing
	case number == m.Champion:
		return diag.New("that version is the champion already", "")
	}
	if back {
		v.Head = "Roll back " + m.Name
	}
	var err error
	if v.Rows, err = s.compareVersions(r, v.Standing, v.Chosen); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "move", v)
}

// compareVersions gives the metrics of b beside those of a, which may be nil.
func (s *modelPages) compareVersions(r *http.Request, a, b *record.Version) ([]compared, error) {
	if a == nil {
		a = &record.Version{}
	}
	all, err := s.from.CompareVersions(r.Context(), a, b)
	rows := make([]compared, len(all))
	for i := range all {
		rows[i] = newCompared(&all[i])
	}
	return rows, err
}

// promote makes a version the champion, if the one that the person saw stands.
func (s *modelPages) promote(w http.ResponseWriter, r *http.Request) error {
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return diag.New("no version is named", "choose one")
	}
	return s.move(w, r, "promoted", func(model string, expected int, reason string) error {
		return s.from.Promote(r, model, version, expected, reason)
	})
}

func (s *modelPages) rollback(w http.ResponseWriter, r *http.Request) error {
	return s.move(w, r, "rolled-back", func(model string, expected int, reason string) error {
		return s.from.Rollback(r, model, expected, reason)
	})
}

func (s *modelPages) move(w http.ResponseWriter, r *http.Request, done string, do func(model string, expected int, reason string) error) error {
	model := r.PathValue("model")
	expected, err := strconv.Atoi(r.PostFormValue("expected"))
	if err != nil {
		return diag.New("it is not said which champion you saw", "go back and try again")
	}
	if err := do(model, expected, strings.TrimSpace(r.PostFormValue("reason"))); err != nil {
		return err
	}
	http.Redirect(w, r, path("models", model)+"?done="+done, http.StatusSeeOther)
	return nil
}
