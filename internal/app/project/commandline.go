package project

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/serve"
)

// variant names one of the models of a job behind its pipeline, for others may have
// one called the same.
func variant(job serve.Job, model string) string {
	return job.Pipeline + "/" + strings.TrimPrefix(model, job.Pipeline+"/")
}

// arguments gives the end of the command line of a job. What could be taken for a
// flag is refused.
func arguments(job serve.Job) ([]string, error) {
	var arguments []string
	for _, set := range settings(job.Pipeline, job.Params) {
		arguments = append(arguments, "--set="+set)
	}
	for _, model := range job.Models {
		arguments = append(arguments, "--models="+variant(job, model))
	}
	for _, stage := range job.Only {
		arguments = append(arguments, "--only="+stage)
	}
	for _, name := range slices.Concat(job.Models, job.Only) {
		if name == "" || strings.ContainsAny(name, ",\"\n") {
			return nil, &diag.Error{What: "a stage's name does not fit", Found: strconv.Quote(name), Wanted: "a name such as train/boosting"}
		}
	}
	if job.Force {
		arguments = append(arguments, "--force")
	}
	return append(arguments, "--", job.Pipeline), nil
}

// Again implements serve.Runner: what a command line asked for, of the one pipeline.
func (l *launcher) Again(run *record.Run) serve.Job {
	job := serve.Job{Pipeline: run.Pipeline}
	var set []string
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.SetOutput(io.Discard)
	flags.StringArrayVar(&set, "set", nil, "")
	flags.StringSliceVar(&job.Models, "models", nil, "")
	flags.StringSliceVar(&job.Only, "only", nil, "")
	flags.BoolVar(&job.Force, "force", false, "")
	flags.Parse(run.Command) // as far as it goes
	for _, one := range set {
		name, value, ok := strings.Cut(one, "=")
		if name = strings.TrimPrefix(name, run.Pipeline+"."); !ok || run.Params[name] == "" {
			continue // of another pipeline
		}
		if job.Params == nil {
			job.Params = map[string]serve.Setting{}
		}
		job.Params[name] = serve.Setting(value)
	}
	return job
}
