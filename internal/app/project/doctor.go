package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/machine"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// Health is how well something is.
type Health string

const (
	Well Health = "well"
	Weak Health = "weak" // it works, and may not for long
	Ill  Health = "ill"  // something will fail because of it
)

// Symptom is what was found of one thing that labbook depends on.
type Symptom struct {
	Of     string `json:"of"` // "disk", "clock"
	Health Health `json:"health"`
	What   string `json:"what"`
	Hint   string `json:"hint,omitempty"` // what to do, where something is to be done
}

// Diagnose looks at all that the project depends on outside itself: limits, disk,
// clock, databases, cache, versions, tools. It changes nothing, reads no data, and
// tells no value of an environment variable.
func (p *Project) Diagnose(ctx context.Context) ([]Symptom, error) {
	d := doctor{project: p}
	d.versions()
	d.limits()
	d.disks()
	d.writing()
	if err := d.clock(ctx); err != nil {
		return nil, err
	}
	d.databases(ctx)
	d.cache()
	d.declarations(ctx)
	return d.found, ctx.Err()
}

type doctor struct {
	project *Project
	found   []Symptom
}

func (d *doctor) well(of, format string, args ...any) {
	d.found = append(d.found, Symptom{Of: of, Health: Well, What: fmt.Sprintf(format, args...)})
}

func (d *doctor) is(of string, h Health, hint, format string, args ...any) {
	d.found = append(d.found, Symptom{Of: of, Health: h, What: fmt.Sprintf(format, args...), Hint: hint})
}

func (d *doctor) versions() {
	d.well("versions", "labbook %s, %s, %s/%s, %s", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, human.Count(runtime.GOMAXPROCS(0), "core"))
	for _, tool := range []struct{ name, without string }{
		{"sh", "command stages written as text cannot run, and programs of a labbook that is killed outlive it"},
		{"git", "runs are recorded without the commit they were made of"},
	} {
		if _, err := exec.LookPath(tool.name); err != nil {
			d.is("versions", Weak, "install it", "there is no %s: %s", tool.name, tool.without)
		}
	}
}

// What is little: below it something may fail while it works.
const (
	fewFiles      = 1024
	littleMemory  = 1 << 30
	littleSpace   = 1 << 30
	fewNames      = 10_000
	smallestShare = 0.03 // of a disk
)

func (d *doctor) limits() {
	l := machine.Bounds()
	usable := l.Memory
	if l.Container > 0 && l.Container < usable {
		usable = l.Container
	}
	said := human.Bytes(usable) + " of memory"
	if usable < l.Memory {
		said += fmt.Sprintf(" in its container, of %s", human.Bytes(l.Memory))
	}
	switch {
	case usable == 0:
	case usable < littleMemory:
		d.is("limits", Weak, "give the machine or the container more", "%s", said)
	default:
		d.well("limits", "%s, %s open files", said, human.Int(int(l.Files)))
	}
	if l.Files > 0 && l.Files < fewFiles {
		d.is("limits", Weak, "ulimit -n 4096, or LimitNOFILE of the service", "only %d files may be open at once: serve holds one a client", l.Files)
	}
	if l.FileSize > 0 {
		d.is("limits", Weak, "ulimit -f unlimited", "no file may be longer than %s", human.Bytes(l.FileSize))
	}
	if l.Address > 0 {
		d.is("limits", Weak, "ulimit -v unlimited; a limit of memory is better set on the container", "address space is limited to %s, which Go reserves more of than it uses", human.Bytes(l.Address))
	}
}

// disks looks at where the project and temporary files lie.
func (d *doctor) disks() {
	runs := filepath.Join(d.project.Root, "runs")
	if _, err := os.Stat(runs); err != nil {
		runs = d.project.Root
	}
	for _, at := range []struct{ what, path string }{{"the project", runs}, {"temporary files", os.TempDir()}} {
		s, err := machine.SpaceAt(at.path)
		if err != nil {
			if !errors.Is(err, errors.ErrUnsupported) {
				d.is("disk", Ill, "make the folder, or set TMPDIR", "where %s lie cannot be looked at: %v", at.what, err)
			}
			continue
		}
		kind := ""
		if s.Kind != "" {
			kind = " (" + s.Kind + ")"
		}
		said := fmt.Sprintf("%s of %s are free for %s%s", human.Bytes(s.Free), human.Bytes(s.Total), at.what, kind)
		full := s.Free < littleSpace || float64(s.Free) < smallestShare*float64(s.Total) && s.Free < 10*littleSpace
		switch {
		case s.Free == 0:
			d.is("disk", Ill, "free some space: labbook gc", "%s", said)
		case full:
			d.is("disk", Weak, "free some space: labbook gc, or labbook gc --max 1GB", "%s", said)
		default:
			d.well("disk", "%s", said)
		}
		if s.Named > 0 && s.Names < fewNames {
			d.is("disk", Weak, "remove small files: labbook gc", "only %s more can be made there", human.Count(int(s.Names), "file"))
		}
		if at.path == runs {
			d.kind(s.Kind)
		}
	}
}

// kind tells of file systems on which history is not safe.
func (d *doctor) kind(kind string) {
	switch kind {
	case "nfs", "cifs", "smb2", "9p":
		d.is("disk", Weak, "keep runs/ on a disk of this machine; serve --database postgres://… keeps requests elsewhere",
			"the project lies on %s: SQLite in WAL mode wants all its users on one machine", kind)
	case "tmpfs":
		d.is("disk", Weak, "labbook backup writes it elsewhere", "the project lies in memory (tmpfs): a restart takes its history")
	}
}

// writing tries the folders that runs write to.
func (d *doctor) writing() {
	for _, name := range []string{".", "runs", "reports"} {
		dir := filepath.Join(d.project.Root, name)
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		at, err := written(dir)
		if err != nil {
			d.is("disk", Ill, "give this user write permission", "%v", err)
			continue
		}
		if off := time.Since(at).Abs(); off > 2*time.Second {
			d.is("clock", Weak, "keep the clocks of both machines by NTP", "the clock of the disk under %s is %s off", dir, human.Duration(off))
		}
	}
}

// mayWrite makes a folder unless it is there, and says why nothing can be written in it.
func mayWrite(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("nothing can be written in %s: %w", dir, errors.Unwrap(err))
	}
	_, err := written(dir)
	return err
}

// written tries to write in a folder, and gives the time that its disk says it is.
func written(dir string) (at time.Time, err error) {
	f, err := os.CreateTemp(dir, ".labbook-")
	if err != nil {
		return at, fmt.Errorf("nothing can be written in %s: %w", dir, errors.Unwrap(err))
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return at, err
	}
	return info.ModTime(), nil
}

// clock sets this machine's clock beside the history.
func (d *doctor) clock(ctx context.Context) error {
	now := time.Now()
	if now.Year() < 2026 {
		d.is("clock", Ill, "set it, or switch NTP on", "it is %s, before labbook was written", now.Format(time.DateOnly))
	}
	runs, err := d.project.Ledger.Runs(ctx, record.Filter{Limit: 100})
	if err != nil {
		d.is("databases", Ill, "labbook cache check says more", "runs cannot be read: %v", err)
		return ctx.Err()
	}
	if ahead := slices.IndexFunc(runs, func(r *record.Run) bool { return r.Started.After(now.Add(time.Minute)) }); ahead >= 0 {
		d.is("clock", Weak, "runs are ordered by their numbers, so nothing is lost; times shown are as the clock was",
			"run %s began %s from now: the clock was ahead, or is behind", runs[ahead].ID, human.Duration(runs[ahead].Started.Sub(now)))
		return nil
	}
	zone, _ := now.Zone()
	d.well("clock", "%s %s", now.Format("2006-01-02 15:04:05"), zone)
	return nil
}

func (d *doctor) databases(ctx context.Context) {
	for _, db := range d.project.databases(ctx) {
		if err := db.check(); err != nil {
			d.is("databases", Ill, db.mend, "%s: %s", db.name, trouble(err))
			continue
		}
		if db.path == "" {
			d.well("databases", "%s answers", db.name)
			continue
		}
		info, err := os.Stat(db.path)
		if err != nil {
			continue
		}
		log := int64(0)
		if wal, err := os.Stat(db.path + "-wal"); err == nil {
			log = wal.Size()
		}
		if log > 256<<20 && log > info.Size() {
			d.is("databases", Weak, "some process keeps an old read open: stop it", "%s has a write-ahead log of %s", db.name, human.Bytes(log))
		}
		d.well("databases", "%s is sound, %s", db.name, human.Bytes(info.Size()))
	}
	if gone, err := d.project.Ledger.Gone(ctx); err == nil && len(gone) > 0 {
		d.is("databases", Weak, "the next run records that", "killed while they ran: %s", strings.Join(gone, ", "))
	}
}

func (d *doctor) cache() {
	c := d.project.Cache
	size := c.Size()
	said := "about " + human.Bytes(size)
	if live := c.Live(); len(live) > 0 {
		said += "; in use by " + strings.Join(live, ", ")
	}
	if size > cache.DefaultCap {
		d.is("cache", Weak, "labbook gc says what needs it", "%s, beyond its bound of %s", said, human.Bytes(cache.DefaultCap))
		return
	}
	d.well("cache", "%s of %s", said, human.Bytes(cache.DefaultCap))
}

// declarations says whether the pipelines can be read; labbook check says more.
func (d *doctor) declarations(ctx context.Context) {
	declared, err := d.project.Load(Declared())
	if err != nil {
		d.is("pipelines", Ill, "labbook check says more", "%s", firstOf(err))
		return
	}
	d.well("pipelines", "%s", strings.Join(Names(declared), ", "))
	d.schedules(ctx, declared)
	all, err := d.project.Fresh(ctx, declared)
	if err != nil {
		d.is("fresh", Weak, "", "not known: %v", firstOf(err))
	}
	for now := time.Now(); len(all) > 0; all = all[1:] {
		said := all[0].Pipeline + ": " + all[0].Words(now)
		switch {
		case !all[0].Stale(now):
			d.well("fresh", "%s", said)
		case all[0].Model:
			d.is("fresh", Weak, "labbook run, or find out why no newer model is better", "%s", said)
		default:
			d.is("fresh", Weak, "find out why nothing newer comes, or run the pipeline", "%s", said)
		}
	}
}

// schedules says when what has a schedule is next due, and whether somebody sees to it:
// a server that is not running misses nothing that anybody notices.
func (d *doctor) schedules(ctx context.Context, declared *pipeline.Project) {
	const hint = "start labbook serve, or `labbook run --due` once a minute from cron or a timer"
	now := time.Now()
	for _, each := range declared.Pipelines {
		if each.Schedule == nil {
			continue
		}
		last, err := d.project.Ledger.SeenDue(ctx, each.Name)
		under, lost := d.project.Ledger.Runs(ctx, record.Filter{Pipeline: each.Name, Status: record.Running, Limit: 1})
		if err = errors.Join(err, lost); err != nil {
			d.is("schedule", Weak, "", "%s: not known: %v", each.Name, firstOf(err))
			continue
		}
		due := each.Schedule.Due(last, now)
		switch {
		case last.IsZero():
			d.is("schedule", Weak, hint, "%s: %s; nobody has looked yet whether it is due", each.Name, each.Schedule.Words(now))
		case pipeline.SetBack(last, now):
			d.is("schedule", Weak, hint, "%s: the clock was set back by %s, and nobody has looked since", each.Name, human.Duration(last.Sub(now)))
		case len(under) == 0 && !due.IsZero() && now.Sub(due) > pipeline.Late:
			d.is("schedule", Weak, hint, "%s: was due %s, and nobody has run it", each.Name, due.UTC().Format("2006-01-02 15:04 MST"))
		default:
			d.well("schedule", "%s: %s", each.Name, each.Schedule.Words(now))
		}
	}
}

// firstOf is the first line of an error.
func firstOf(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
