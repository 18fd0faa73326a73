package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"labbook/internal/base/notebook"
	"labbook/internal/base/parallel"
	"labbook/internal/show/render"
	"labbook/internal/show/report"
	"labbook/runner"
	"labbook/runner/cache"
)

// The figures of a run are drawn in its own folder, as runs/ID/pictures/
// STAGE-FIGURE.png, and those of a pipeline's latest page lie beside it, in
// reports/PIPELINE. Each picture says in itself what it was drawn from: the digest
// of the figure and the version of the look. So one that would come out the same
// is not drawn again, and what labbook did not draw is never removed.

// picture is a figure with the name and the mark of its file.
type picture struct {
	file   string
	mark   string
	figure *notebook.Figure
}

// ownPictures is where the pictures of a run are kept, latestPictures where
// those of a pipeline's latest page.
func ownPictures(run string) string         { return filepath.Join("runs", run, "pictures") }
func latestPictures(pipeline string) string { return filepath.Join("reports", pipeline) }

// drawPictures draws the figures of a run's cells in its own folder; those that
// the latest page has already are taken from there. It does nothing where no
// pictures are wanted, and stops when ctx ends.
func (p *Project) drawPictures(ctx context.Context, run *runner.RunResult, cells []*notebook.Cell) error {
	wanted := picturesOf(run, cells, p.Look)
	if p.Pictures < 1 || len(wanted) == 0 {
		return nil
	}
	own, latest := filepath.Join(p.Root, ownPictures(run.ID)), filepath.Join(p.Root, latestPictures(run.Pipeline))
	if err := os.MkdirAll(own, 0o777); err != nil {
		return err
	}
	faults := make([]error, len(wanted))
	parallel.Until(ctx, p.Pictures, len(wanted), func(i int) {
		w := wanted[i]
		path := filepath.Join(own, w.file)
		if mark, _ := markOf(path); mark == w.mark {
			return
		}
		if mark, _ := markOf(filepath.Join(latest, w.file)); mark == w.mark && share(filepath.Join(latest, w.file), path) == nil {
			return
		}
		drawn, err := render.PNG(w.figure, w.mark)
		if err == nil { // or the page says of it that it cannot be drawn
			faults[i] = cache.WriteFile(path, drawn)
		}
	})
	return errors.Join(faults...)
}

// restorePictures makes the pictures of a run those of the latest page, and
// removes what other pages left of labbook's.
func (p *Project) restorePictures(pipeline, run string) error {
	if p.Pictures < 1 {
		return nil
	}
	own, latest := filepath.Join(p.Root, ownPictures(run)), filepath.Join(p.Root, latestPictures(pipeline))
	entries, err := os.ReadDir(own)
	if err := ignore(err, fs.ErrNotExist); err != nil {
		return err
	}
	if len(entries) > 0 {
		if err := os.MkdirAll(latest, 0o777); err != nil {
			return err
		}
	}
	keep := map[string]bool{}
	for _, e := range entries {
		from, to := filepath.Join(own, e.Name()), filepath.Join(latest, e.Name())
		mark, ours := markOf(from)
		if !ours {
			continue
		}
		keep[e.Name()] = true
		if there, _ := markOf(to); there != mark {
			if err := share(from, to); err != nil {
				return err
			}
		}
	}
	return clearPictures(latest, keep)
}

// share puts a picture at a second place: the same file where the system can,
// else a copy.
func share(from, to string) error {
	if err := ignore(os.Remove(to), fs.ErrNotExist); err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return cache.WriteFile(to, data)
}

// picturesOf names what the figures of a run's cells are drawn as.
func picturesOf(run *runner.RunResult, cells []*notebook.Cell, look string) []picture {
	var all []picture
	taken := map[string]bool{}
	for i, cell := range cells {
		if cell == nil {
			continue
		}
		for _, f := range report.Drawable(cell) {
			plain := plainName(run.Stages[i].Name + "-" + f.Chart.Title)
			name := plain
			for n := 2; taken[name]; n++ {
				name = plain + "-" + strconv.Itoa(n)
			}
			taken[name] = true
			spec, err := json.Marshal(f)
			if err != nil {
				continue // no cell that was kept holds such a thing
			}
			sum := sha256.Sum256(spec)
			all = append(all, picture{name + ".png", "look " + look + " figure " + hex.EncodeToString(sum[:]), f})
		}
	}
	return all
}

// plainName makes a text the name of a file on any system: letters and digits,
// and hyphens between them.
func plainName(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() > 120 {
			break
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

// markOf gives what a picture was drawn from, and whether it is one of ours.
func markOf(path string) (mark string, ours bool) {
	file, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer file.Close()
	return render.Marked(file)
}

// clearPictures removes pictures of ours that are no longer wanted, and the
// folder once it is empty.
func clearPictures(folder string, keep map[string]bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return ignore(err, fs.ErrNotExist)
	}
	left := len(entries)
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if keep[e.Name()] || filepath.Ext(path) != ".png" {
			continue
		}
		if _, ours := markOf(path); ours {
			if err := os.Remove(path); err != nil {
				return err
			}
			left--
		}
	}
	if left == 0 {
		return os.Remove(folder)
	}
	return nil
}

// staleShow tells whether a page of a latest run looks otherwise than it would
// now, or lacks pictures. Then a run in which nothing has changed has yet to show
// it anew.
func (p *Project) staleShow() bool {
	pages, err := filepath.Glob(filepath.Join(p.Root, "reports", "*.html"))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(pages, p.stale)
}

// dropPictures removes the pictures that runs keep in their own folders, or only
// counts them: those of the latest pages lie beside these too, and all others are
// drawn again when their run stands again. Call it while no run is live.
func (p *Project) dropPictures(only bool) (dropped int, err error) {
	folders, err := filepath.Glob(filepath.Join(p.Root, ownPictures("*")))
	if err != nil {
		return 0, err
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return dropped, err
		}
		dropped += len(entries)
		if only {
			continue
		}
		if err := clearPictures(folder, nil); err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// stale is staleShow of one page. It counts the pictures of ours, which is quick;
// what each shows is looked at when they are drawn.
func (p *Project) stale(page string) bool {
	look, figures, ok := headOf(page)
	switch {
	case !ok:
		return false // not one that labbook wrote
	case look != p.Look:
		return true
	case p.Pictures < 1 || figures == 0:
		return false
	}
	folder := strings.TrimSuffix(page, ".html")
	entries, _ := os.ReadDir(folder)
	drawn := 0
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".png" {
			if _, ours := markOf(filepath.Join(folder, e.Name())); ours {
				drawn++
			}
		}
	}
	return drawn < figures
}

// headOf reads the look of a page, and how many figures it has.
func headOf(path string) (look string, figures int, ok bool) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, false
	}
	defer file.Close()
	return report.Head(file)
}
