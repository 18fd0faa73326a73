package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/models/exchange"
	"labbook/serve"
)

// predictCommand answers all rows or none: what is wrong with any of them is found
// before anything is printed. Standard output holds answers alone, warnings
// go to standard error. Nothing is recorded.
func (a *app) predictCommand() *cobra.Command {
	var encoded bool
	cmd := &cobra.Command{
		Use: "predict MODEL [FILE]", Short: "Predict rows: JSON in, JSON out; CSV, Parquet or Arrow in, CSV out",
		Long: `Predict rows with a registered model. MODEL is the champion of that name, or
a version as in diamonds@3, or an alias as in diamonds@candidate. FILE, or standard input where it is left out or -,
holds one JSON object, a list of them, one a line, CSV with a header, Parquet or
Arrow; the answer comes in the same form, and as CSV to Parquet and Arrow. Files
may be packed by gzip or zstd, and CSV have any delimiter, decimal point and usual
encoding; its answer is UTF-8, and repeats fields as they
came: a spreadsheet computes those that begin with "=". An empty field of it is
filled with what is usual in training. That, and values unlike those of training,
are warned of on standard error. With --features the answer is not a prediction
but what the model makes of the rows before it predicts: the columns that it
learned from, as CSV, for programs that read an exported model or train another.

  echo '{"carat": 0.7, "cut": "Ideal", …}' | labbook predict diamonds
  labbook predict diamonds@3 stones.csv > priced.csv`,
		Args: args(1, 2, "a model and at most one file"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			r := p.Registry()
			version, err := r.Resolve(cmd.Context(), given[0])
			if err != nil {
				return usage(err)
			}
			bundle, err := p.Bundle(version)
			if err != nil {
				return err
			}
			in, name, err := a.open(given[1:])
			if err != nil {
				return usage(err)
			}
			defer in.Close()
			f := bundle.Features
			passed := append(serve.Unread(cmd.Context(), r, p.Ledger, version, f), f.Target.Name)
			asked, err := rows.Read(in, name, f.Inputs, passed...)
			if err != nil {
				return err
			}
			if len(asked.Unread) > 0 {
				a.warn("the model does not read " + strings.Join(asked.Unread, ", "))
			}
			for _, remark := range asked.Remarks {
				a.warn(remark.Text)
			}
			if encoded {
				return writeFeatures(a.out, f, asked.Table)
			}
			answer, err := bundle.Answer(asked.Table)
			if err != nil {
				return unanswered(asked, err)
			}
			for _, w := range answer.Warnings {
				a.warn(w.Text)
			}
			return asked.Write(a.out, &rows.Answers{
				Model: registry.Name(version), Target: f.Target,
				Values: answer.Values, Low: answer.Low, High: answer.High, Level: answer.Level, Classes: answer.Classes, Probabilities: answer.Probabilities, Threshold: bundle.Threshold,
				Sets: answer.Sets, Abstained: answer.Abstained,
			})
		},
		ValidArgsFunction: a.completeModels,
	}
	cmd.Flags().BoolVar(&encoded, "features", false, "write the encoded columns of the rows, as CSV, instead of predictions")
	return cmd
}

// warn says what a person should know of what was done, unless nothing is to be
// said.
func (a *app) warn(text string) {
	if !a.quiet {
		fmt.Fprintln(a.err, a.colours(a.err).yellow("warning:"), text)
	}
}

// unanswered names the rows that have no prediction by their places.
func unanswered(asked *rows.Rows, err error) error {
	var none *bundle.Unanswered
	if !errors.As(err, &none) {
		return err
	}
	var list diag.List
	for k, row := range none.Rows {
		e := &diag.Error{File: asked.Place(row), What: bundle.NoPrediction}
		if k < len(none.Why) && none.Why[k] != "" {
			e.Hint = none.Why[k]
		}
		list = append(list, e)
	}
	return list.Err()
}

// writeFeatures writes the matrix of a table as CSV, its columns named as in an
// exported model, with the view before it where there are views; missing values
// are NaN.
func writeFeatures(w io.Writer, f *features.Features, t *table.Table) error {
	x, err := f.Transform(t)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	names := exchange.Names(x.Names)
	if x.Views != nil { // which may have columns of the same name
		names = nil
	}
	for _, v := range x.Views {
		for _, name := range exchange.Names(v.Names) {
			names = append(names, v.Name+"."+name)
		}
	}
	if err := out.Write(names); err != nil {
		return err
	}
	row, record := make([]float64, x.Cols), make([]string, x.Cols)
	for i := range x.Rows {
		clear(row)
		for k := range x.Entries(i) {
			row[x.Entry(i, k)] = x.Value(i, k)
		}
		for j, v := range row {
			record[j] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// open opens the file that was named, or standard input, unpacked where it is
// gzipped.
func (a *app) open(given []string) (in io.ReadCloser, name string, err error) {
	in, name = io.NopCloser(a.in), "standard input"
	if len(given) > 0 && given[0] != "-" {
		name = given[0]
		if in, err = os.Open(a.path(name)); err != nil {
			return nil, name, err
		}
	}
	unpacked, err := csvfile.Unpacked(in, name)
	return struct {
		io.Reader
		io.Closer
	}{unpacked, in}, name, err
}
