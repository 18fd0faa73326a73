package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/stages"
)

// schemaFile is where init keeps the schema: beside the pipelines that name it,
// so that an editor finds it from them, without a network.
const schemaFile = "labbook.schema.json"

// schemaCommand needs no project: the schema is made from the parameters of the
// kinds in this program.
func (a *app) schemaCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "schema", Short: "Write the JSON Schema of pipelines, for editors",
		Long: `Write the JSON Schema of pipeline files: with it an editor completes keys, kinds
and parameters, shows what they mean, and marks what cannot be. labbook init
keeps it in pipelines/` + schemaFile + ` and points to it from the first line of what
it writes; after an upgrade, and for pipelines of your own, write it again and
begin the file with such a line. It says less than labbook check, which also
knows names, cycles and what parameters mean together.`,
		Example: `  labbook schema -o pipelines/` + schemaFile + `
  # yaml-language-server: $schema=` + schemaFile,
		Args: args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			if to == "" || to == "-" {
				_, err := a.out.Write(schema())
				return err
			}
			return cache.WriteFile(a.path(to), schema())
		},
	}
	cmd.Flags().StringVarP(&to, "output", "o", "", "the file to write (default: standard output)")
	return cmd
}

// schema gives the JSON Schema of pipelines with the kinds of this program.
func schema() []byte { return pipeline.JSONSchema(stages.All(stages.Deps{})) }

// writeSchema keeps the schema beside the pipelines. It is generated, so an
// older one is replaced.
func (a *app) writeSchema() error {
	if err := os.MkdirAll(a.path("pipelines"), 0o777); err != nil {
		return err
	}
	return cache.WriteFile(a.path(filepath.Join("pipelines", schemaFile)), schema())
}

// editorLine is the comment by which editors with the YAML language server find
// a schema, as a path from the file that the line stands in.
func editorLine(path string) string { return "# yaml-language-server: $schema=" + path + "\n" }
