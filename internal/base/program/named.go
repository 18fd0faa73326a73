package program

import (
	"path/filepath"
	"slices"
	"strings"
)

// Outside gives the programs that a command begins its lines and pipes with, but for
// those of the project, the shell's own and the everyday tools of POSIX, whose
// results don't change with their versions.
func Outside(argv []string) []string {
	text := ShellText(argv)
	if text == "" {
		if len(argv) == 0 || InProject(argv[0]) || strings.HasPrefix(argv[0], "inputs/") {
			return nil
		}
		return notEveryday(argv[:1])
	}
	var first []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n;|&(){}`", r) }) {
		words := strings.Fields(part)
		for len(words) > 0 && (slices.Contains(beforeWords, words[0]) || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
		if len(words) > 0 && plainProgram(words[0]) {
			first = append(first, words[0])
		}
	}
	return notEveryday(first)
}

// InProject says whether a word that names a program is the path of a file of the
// project.
func InProject(word string) bool {
	program := filepath.ToSlash(filepath.Clean(word))
	return strings.Contains(word, "/") && filepath.IsLocal(program) && !strings.HasPrefix(program, "inputs/")
}

// VersionName is what the key and people call the tools whose version is asked by a
// command.
func VersionName(tools, version []string) string {
	if len(tools) > 0 {
		return strings.Join(tools, "+")
	}
	if n := len(version); ShellText(version) != "" {
		return version[n-1]
	}
	return strings.Join(version, " ")
}

// ShellText gives the text that a command hands to the shell, or "".
func ShellText(argv []string) string {
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

// beforeWords stand before the program that a shell runs.
var beforeWords = strings.Fields(`if then else elif do while until ! { } time command exec`)

// shellWords are what a shell does itself.
var shellWords = strings.Fields(`if then else elif fi for in do done while until case esac ! { } time
	. : [ alias break cd command continue echo eval exec exit export false getopts hash printf pwd read readonly return
	set shift test times trap true type ulimit umask unset wait`)

// everyday are programs of POSIX and the like: another version of cat is no
// reason to doubt a result.
var everyday = strings.Fields(`sh awk basename cat chmod cksum cmp comm cp cut date dd diff dirname env expand expr find fold
	grep gunzip gzip head install join ln ls md5sum mkdir mkfifo mktemp mv nl od paste pr rm rmdir sed seq sha256sum shuf sleep
	sort split stat tac tail tar tee touch tr truncate tsort uname unexpand uniq wc xargs yes zcat`)
