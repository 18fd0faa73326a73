package stages

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/runner/stage"
)

// reads gives what the command reads of the project: its inputs, its lock
// files, and the program itself where a list names it by its path there.
func (p *commandParams) reads() []string {
	all := slices.Concat(p.Inputs, p.Lock)
	if named := filepath.ToSlash(filepath.Clean(p.Run[0])); program.InProject(p.Run[0]) && !slices.Contains(all, named) {
		all = append(all, named)
	}
	return all
}

// depends gives the programs outside the project that stand in the key: those
// under tools by their bytes, or by what version: prints.
func (p *commandParams) depends() []stage.Tool {
	if len(p.Version) > 0 {
		return []stage.Tool{{Name: program.VersionName(p.Tools, p.Version), Ask: p.Version}}
	}
	all := make([]stage.Tool, len(p.Tools))
	for i, name := range p.Tools {
		all[i] = stage.Tool{Name: name}
	}
	return all
}

// advise names the programs outside the project of which the key knows nothing.
func (p *commandParams) advise() []diag.Error {
	if len(p.Version) > 0 {
		return nil
	}
	var unknown []string
	for _, outside := range program.Outside(p.Run) {
		if !slices.Contains(p.Tools, outside) && !slices.Contains(unknown, outside) {
			unknown = append(unknown, outside)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return []diag.Error{{
		What: fmt.Sprintf("another %s would be no reason to run again", strings.Join(unknown, " or ")),
		Hint: fmt.Sprintf("add tools: [%s] to digest the program, or version: and a command that prints its version", strings.Join(unknown, ", ")),
	}}
}
