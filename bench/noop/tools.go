package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tool is a program that runs the graph.
type tool struct {
	name string
	argv []string
	most int // stages that it bears in bearable time
	// write gives its declaration of the graph.
	file  string
	write func(b *strings.Builder, n int)
}

// prepare makes a project of n stages in a folder that is empty, if it is there.
func (t *tool) prepare(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var b strings.Builder
	t.write(&b, n)
	if err := os.WriteFile(filepath.Join(dir, "in"), []byte("in\n"), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, t.file), []byte(b.String()), 0o666)
}

// parents gives the two stages of the layer before that stage i reads; none
// for the first layer, which reads the file `in`.
func parents(i int) []int {
	if i < 10 {
		return nil
	}
	before := (i/10 - 1) * 10
	return []int{before + i%10, before + (i+1)%10}
}

// reads gives the names of what stage i reads.
func reads(i int, name func(int) string) string {
	list := []string{"in"}
	for k, p := range parents(i) {
		if k == 0 {
			list = nil
		}
		list = append(list, name(p))
	}
	return strings.Join(list, " ")
}

func all(labbook string, jobs int) []tool {
	j := fmt.Sprint(jobs)
	out := func(i int) string { return fmt.Sprintf("o%d", i) }
	return []tool{{
		name: "labbook", argv: []string{labbook, "run", "--quiet", "--jobs", j}, most: 1 << 20, file: "pipeline.yaml",
		write: func(b *strings.Builder, n int) {
			b.WriteString("name: noop\nstages:\n")
			for i := range n {
				from, inputs := "", ", inputs: [in]"
				if p := parents(i); p != nil {
					from, inputs = fmt.Sprintf(", from: [s%d, s%d]", p[0], p[1]), ""
				}
				read := reads(i, func(p int) string { return fmt.Sprintf("inputs/s%d/o", p) })
				fmt.Fprintf(b, "  s%d: {uses: command%s, with: {run: \"(echo %d; cat %s) | cksum > o\"%s, outputs: [o]}}\n", i, from, i, read, inputs)
			}
		},
	}, {
		name: "ninja", argv: []string{"ninja", "-j", j}, most: 1 << 20, file: "build.ninja",
		write: func(b *strings.Builder, n int) {
			b.WriteString("rule c\n  command = (echo $n; cat $in) | cksum > $out\n")
			for i := range n {
				fmt.Fprintf(b, "build o%d: c %s\n  n = %d\n", i, reads(i, out), i)
			}
		},
	}, {
		name: "make", argv: []string{"make", "-s", "-j", j}, most: 1 << 20, file: "Makefile",
		write: func(b *strings.Builder, n int) {
			b.WriteString("all:")
			for i := max(0, n-10); i < n; i++ {
				b.WriteString(" " + out(i))
			}
			b.WriteString("\n")
			for i := range n {
				fmt.Fprintf(b, "o%d: %s\n\t(echo %d; cat $^) | cksum > $@\n", i, reads(i, out), i)
			}
		},
	}, {
		name: "snakemake", argv: []string{"snakemake", "-q", "-j", j}, most: 1000, file: "Snakefile",
		write: func(b *strings.Builder, n int) {
			b.WriteString("rule all:\n  input: ")
			for i := max(0, n-10); i < n; i++ {
				fmt.Fprintf(b, "%q, ", out(i))
			}
			b.WriteString("\n")
			for i := range n {
				quoted := `"` + strings.ReplaceAll(reads(i, out), " ", `", "`) + `"`
				fmt.Fprintf(b, "rule r%d:\n  input: %s\n  output: \"o%d\"\n  shell: \"(echo %d; cat {input}) | cksum > {output}\"\n", i, quoted, i, i)
			}
		},
	}}
}
