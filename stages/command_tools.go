package stages

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/runner/stage"
)

// reads gives what the command reads of the project: its inputs, its lock
// files, and the program itself where a list names it by its path there.
func (p *commandParams) reads() []string {
	all := slices.Concat(p.Inputs, p.Lock)
	if program := filepath.ToSlash(filepath.Clean(p.Run[0])); p.inProject() && !slices.Contains(all, program) {
		all = append(all, program)
	}
	return all
}

// inProject says whether the program is a file of the project.
func (p *commandParams) inProject() bool {
	program := filepath.ToSlash(filepath.Clean(p.Run[0]))
	return strings.Contains(p.Run[0], "/") && filepath.IsLocal(program) && !strings.HasPrefix(program, "inputs/")
}

// depends gives the programs outside the project that stand in the key: those
// under tools by their bytes, or by what version: prints.
func (p *commandParams) depends() []stage.Tool {
	if len(p.Version) > 0 {
		return []stage.Tool{{Name: versionName(p), Ask: p.Version}}
	}
	all := make([]stage.Tool, len(p.Tools))
	for i, name := range p.Tools {
		all[i] = stage.Tool{Name: name}
	}
	return all
}

// versionName is what the key and people call the tools whose version is asked.
func versionName(p *commandParams) string {
	if len(p.Tools) > 0 {
		return strings.Join(p.Tools, "+")
	}
	if n := len(p.Version); shellText(p.Version) != "" {
		return p.Version[n-1]
	}
	return strings.Join(p.Version, " ")
}

// advise names the programs outside the project of which the key knows nothing.
func (p *commandParams) advise() []diag.Error {
	if len(p.Version) > 0 {
		return nil
	}
	var unknown []string
	for _, program := range p.programs() {
		if !slices.Contains(p.Tools, program) && !slices.Contains(unknown, program) {
			unknown = append(unknown, program)
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

// programs gives the programs that the command begins its lines and pipes with,
// but for those of the project, the shell's own and the everyday tools of POSIX,
// whose results don't change with their versions.
func (p *commandParams) programs() []string {
	text := shellText(p.Run)
	if text == "" {
		if p.inProject() || strings.HasPrefix(p.Run[0], "inputs/") {
			return nil
		}
		return notEveryday(p.Run[:1])
	}
	var first []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n;|&(){}`", r) }) {
		words := strings.Fields(part)
		for len(words) > 0 && (slices.Contains(shellWords, words[0]) || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
		if len(words) > 0 && plainProgram(words[0]) {
			first = append(first, words[0])
		}
	}
	return notEveryday(first)
}

// shellText gives the text that a command hands to the shell, or "".
func shellText(argv []string) string {
	if n := len(argv); n > 2 && argv[0] == "sh" && argv[n-2] == "-c" {
		return argv[n-1]
	}
	return ""
}

// plainProgram says whether a word of a shell's text is sure to be the name of a
// program outside the project.
func plainProgram(word string) bool {
	return !strings.ContainsAny(word, "$\"'\\*?[]<>#!~") && (filepath.IsAbs(word) || !strings.Contains(word, "/"))
}

// notEveryday drops words of the shell and programs that every system has:
// their versions are not asked about.
func notEveryday(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.Contains(shellWords, name) || slices.Contains(everyday, name)
	})
}

// shellWords are what a shell does itself.
var shellWords = strings.Fields(`if then else elif fi for in do done while until case esac ! { } time
	. : [ alias break cd command continue echo eval exec exit export false getopts hash printf pwd read readonly return
	set shift test times trap true type ulimit umask unset wait`)

// everyday are programs of POSIX and the like: another version of cat is no
// reason to doubt a result.
var everyday = strings.Fields(`sh awk basename cat chmod cksum cmp comm cp cut date dd diff dirname env expand expr find fold
	grep gunzip gzip head install join ln ls md5sum mkdir mkfifo mktemp mv nl od paste pr rm rmdir sed seq sha256sum shuf sleep
	sort split stat tac tail tar tee touch tr truncate tsort uname unexpand uniq wc xargs yes zcat`)
