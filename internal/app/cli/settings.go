package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"labbook/internal/base/diag"
)

// settings sets the flags that were not given from the environment, as
// LABBOOK_KEEP_DAYS for keep-days, and those that are not there either from a
// YAML file with the names of flags as keys. The file need not exist.
func (a *app) settings(flags *pflag.FlagSet, file string) error {
	written, err := a.readSettings(flags, file)
	if err != nil {
		return err
	}
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		name := "LABBOOK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, from := os.Getenv(name), name
		if value == "" {
			value, from = written[f.Name], file+": "+f.Name
		}
		if value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, usagef("`labbook serve --help` says what it takes", "%s is %q: %v", from, value, err))
		}
	})
	return errors.Join(errs...)
}

// readSettings gives the values of the file as text.
func (a *app) readSettings(flags *pflag.FlagSet, file string) (map[string]string, error) {
	data, err := os.ReadFile(a.path(file))
	if errors.Is(err, fs.ErrNotExist) && !flags.Changed("config") {
		return nil, nil
	}
	if err != nil {
		return nil, usage(err)
	}
	var content map[string]any
	if err := yaml.UnmarshalWithOptions(data, &content, yaml.Strict()); err != nil {
		return nil, usagef("write it as listen: 127.0.0.1:8080, a setting a line", "%s cannot be read: %v", file, err)
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	values := map[string]string{}
	for name, value := range content {
		if flags.Lookup(name) == nil {
			return nil, usagef(diag.DidYouMean(name, names), "%s has an unknown setting %q", file, name)
		}
		values[name] = settingText(value)
	}
	return values, nil
}

// settingText writes a value as on a command line: a list with commas.
func settingText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, ",")
}
