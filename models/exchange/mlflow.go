package exchange

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"labbook/internal/data/table"
	"labbook/models/bundle"
)

// What a folder for MLflow asks to be installed: the versions that the tests use.
const (
	pythonVersion      = "3.12.1"
	mlflowVersion      = "3.17.2"
	onnxVersion        = "1.23.2"
	onnxruntimeVersion = "1.32.0"
	pandasVersion      = "3.1.1"
)

// loaderModule is the module that MLflow loads the model by: its own for ONNX takes
// no column of texts from pandas.
const loaderModule = "labbook_onnx"

//go:embed mlflow/labbook_onnx.py
var loader []byte

// MLmodel is the file by which a folder is known as one of MLflow's, and MLmodelMark
// what stands in it where it was written here.
const (
	MLmodel     = "MLmodel"
	MLmodelMark = "loader_module: " + loaderModule
	loaderFile  = "code/" + loaderModule + ".py"
)

// MLflow gives the files of a folder that mlflow.pyfunc.load_model loads, by their
// names in it, and notes for whoever uses it. What has no form in ONNX is refused as
// by ONNX. Created is when the version was made.
func MLflow(b *bundle.Bundle, about About, created time.Time) (files map[string][]byte, notes []string, err error) {
	model, notes, err := ONNX(b, about)
	if err != nil {
		return nil, nil, err
	}
	packages := fmt.Sprintf("mlflow==%s\nonnx==%s\nonnxruntime==%s\npandas==%s\n", mlflowVersion, onnxVersion, onnxruntimeVersion, pandasVersion)
	example, err := json.Marshal(exampleOf(b.Features.Inputs))
	if err != nil {
		return nil, nil, fmt.Errorf("export: %w", err)
	}
	return map[string][]byte{
		"model.onnx":         model,
		loaderFile:           loader,
		MLmodel:              []byte(mlmodel(b, about, created)),
		"requirements.txt":   []byte(packages),
		"python_env.yaml":    []byte("python: " + pythonVersion + "\nbuild_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r requirements.txt\n"),
		"conda.yaml":         []byte("channels:\n- conda-forge\ndependencies:\n- python=" + pythonVersion + "\n- pip\n- pip:\n  - " + strings.Join(strings.Fields(packages), "\n  - ") + "\nname: mlflow-env\n"),
		"input_example.json": example,
	}, notes, nil
}

// spec is a column of a signature.
type spec struct {
	Type     string `json:"type"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
}

// specOf gives the type that a column has in pandas: whole numbers are read as such
// unless one is missing.
func specOf(f table.Field) spec {
	kind := "string"
	switch {
	case f.Type == table.Number && f.Integer && !f.Missing:
		kind = "long"
	case f.Type == table.Number:
		kind = "double"
	case f.Type == table.Date:
		kind = "datetime"
	}
	return spec{kind, f.Name, true}
}

// mlmodel writes the file MLmodel.
func mlmodel(b *bundle.Bundle, about About, created time.Time) string {
	var in, out []spec
	for _, f := range b.Features.Inputs {
		in = append(in, specOf(f))
	}
	for i, name := range outputNames(b) {
		switch {
		case b.Features.Classes == nil:
			out = append(out, spec{"double", name, true})
		case i == 0:
			out = append(out, spec{"string", name, true})
		default:
			for _, class := range b.Features.Classes {
				out = append(out, spec{"double", "probability of " + class, true})
			}
		}
	}
	text := func(v any) string { // as JSON, which is YAML too
		data, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and truth values
		}
		return string(data)
	}
	quoted := func(v any) string { return "'" + strings.ReplaceAll(text(v), "'", "''") + "'" }
	return fmt.Sprintf(`flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: %s
    providers:
    - CPUExecutionProvider
  python_function:
    code: code
    data: model.onnx
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: %s
    python_version: %s
metadata:
  labbook_model: %s
  labbook_version: %d
  labbook_artifact: %s
mlflow_version: %s
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  type: dataframe
signature:
  inputs: %s
  outputs: %s
  params: null
utc_time_created: '%s'
`, onnxVersion, loaderModule, pythonVersion, text(about.Model), about.Version, text(about.Digest), mlflowVersion,
		quoted(in), quoted(out), created.UTC().Format("2006-01-02 15:04:05.000000"))
}

// split is a table as pandas writes it with orient="split".
type split struct {
	Columns []string `json:"columns"`
	Data    [][]any  `json:"data"`
}

// exampleOf makes a row that could be asked for: of each column what is in the
// middle of what training showed.
func exampleOf(fields []table.Field) split {
	var s split
	row := make([]any, 0, len(fields))
	for _, f := range fields {
		s.Columns, row = append(s.Columns, f.Name), append(row, typicalOf(f))
	}
	s.Data = [][]any{row}
	return s
}

func typicalOf(f table.Field) any {
	switch f.Type {
	case table.Text:
		return ""
	case table.Category:
		most := 0
		if f.Seen != nil {
			for level, n := range f.Seen.Counts {
				if n > f.Seen.Counts[most] {
					most = level
				}
			}
		}
		if most >= len(f.Levels) {
			return ""
		}
		return f.Levels[most]
	}
	middle := 0.0
	switch {
	case f.Seen == nil:
	case len(f.Seen.Quantiles) > 5:
		middle = f.Seen.Quantiles[5]
	default:
		middle = f.Seen.Mean
	}
	if f.Integer || f.Type == table.Date {
		middle = math.Round(middle)
	}
	if f.Type == table.Date {
		return time.Unix(int64(middle), 0).UTC().Format("2006-01-02T15:04:05")
	}
	return middle
}
