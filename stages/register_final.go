package stages

import (
	"errors"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/models/training"
	"labbook/runner/stage"
)

// final is the fit by which a version answers, where that is another than the one
// that was judged. A nil *final says that it is not.
type final struct {
	made         *artifact.Artifact
	rows, judged int // that each is fitted to
}

// finalFit fits the best candidate to all rows of the split that it was judged by,
// and keeps that; or opens what is kept of it, where the candidate is a version
// already, whose fits never change. It is nil where the judged fit answers: because
// that is asked for, the version has no other, nobody knows how the model came
// about, or it cannot be fitted to these rows, which is a warning.
func finalFit(c *stage.Context, reg *registry.Registry, p *registerParams, in *artifact.Artifact, best *candidate) (*final, error) {
	known, err := reg.Find(c, p.Model, best.Artifact)
	if err != nil {
		return nil, err
	}
	switch {
	case known != nil && known.Final == nil || known == nil && !p.Final:
		return nil, nil
	case known != nil:
		made, err := reg.Answering(known)
		if err == nil {
			made, err = keepAgain(c, made)
		}
		if err == nil {
			return &final{made, known.Final.Rows, known.Final.Judged}, nil
		}
		if !errors.Is(err, registry.ErrLost) {
			return nil, err
		}
	}
	made, err := fitToAll(c, in, best)
	var fault *diag.Error
	if errors.As(err, &fault) {
		c.Warn(notebook.Finding{Level: notebook.Warning, Text: "the fit that was judged answers, for there is none to all rows: " + fault.What})
		return nil, nil
	}
	return made, err
}

// keepAgain keeps a fit that is kept already, so that the record of this execution
// names it too: what becomes of it is then found by whoever asks the record.
func keepAgain(c *stage.Context, fit *artifact.Artifact) (*artifact.Artifact, error) {
	return c.Keep(func(put func(string, []byte) error) error {
		for _, f := range fit.Files {
			data, err := fit.ReadFile(f.Name)
			if err == nil {
				err = put(f.Name, data)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fitToAll makes the final fit.
func fitToAll(c *stage.Context, in *artifact.Artifact, best *candidate) (*final, error) {
	files := in.Sub(best.Folder, artifact.Model)
	declared, err := training.OpenDeclared(files)
	if err != nil || declared == nil {
		return nil, err
	}
	declared.Train.Memory = c.Memory()
	judged, err := bundle.Open(files)
	if err != nil {
		return nil, err
	}
	all, _, structure, err := partition.Whole(in)
	if err != nil {
		return nil, err
	}
	b, err := declared.Final(c, all, structure, judged, &training.Work{Cores: c.Cores(), Logf: c.Logf,
		Progress: func(step string, done, total int64, unit string) { c.Progress("final "+step, done, total, unit) }})
	if err != nil {
		return nil, err
	}
	b.Lineage = map[string]string{"judged": best.Artifact}
	recipe, err := declared.Encode()
	if err != nil {
		return nil, err
	}
	rows, err := table.NewRowSet(all, c.Cores()).MarshalBinary()
	if err != nil {
		return nil, err
	}
	made, err := c.Keep(func(put func(name string, data []byte) error) error {
		return errors.Join(b.Save(put), put(bundle.FileDeclared, recipe), put(bundle.FileRows, rows))
	})
	return &final{made, b.Rows, judged.Rows}, err
}

// link leaves the fit in the output.
func (f *final) link(c *stage.Context) {
	if f == nil {
		return
	}
	for _, blob := range f.made.Files {
		c.Link(blob, registry.FolderFinal+"/"+blob.Name)
	}
}

// digest gives the artifact, "" where there is none.
func (f *final) digest() string {
	if f == nil {
		return ""
	}
	return f.made.Digest
}

// record gives what the registry keeps of the fit.
func (f *final) record() *record.Final {
	if f == nil {
		return nil
	}
	return &record.Final{Artifact: f.made.Digest, Rows: f.rows, Judged: f.judged}
}
