package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/store/archive"
	"labbook/internal/store/ledger"
)

// backupCommand writes the one file that a history needs to survive.
func (a *app) backupCommand() *cobra.Command {
	var withRequests bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write the history and all models to one file, while they are in use",
		Long: `Write to one file what cannot be made again: the ledger with its runs, versions and
moves, everything that the versions are made of, and what the champions need to be
compared with and shown. The file is a tar archive packed by Zstandard (.tar.zst); it
stands there whole or not at all. Runs and servers may go on beside it.

Not in it are the project's own files, which belong into version control, the raw
data, and what a run makes again of both; and what a server keeps in PostgreSQL.`,
		Example: "  labbook backup /mnt/safe/prices.tar.zst\n" +
			"  15 2 * * * labbook -C /srv/prices backup --requests --quiet /mnt/safe/prices-$(date +\\%u).tar.zst   # in a crontab",
		Args: args(1, 1, "the file to write"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProjectWith(ledger.Options{OrRead: true})
			if err != nil {
				return err
			}
			defer p.Close()
			meter := a.newMeter("writing")
			written, err := p.Backup(cmd.Context(), a.path(given[0]), withRequests, meter.show)
			meter.close()
			switch {
			case err != nil:
				return err
			case a.json:
				return a.printJSON(written)
			}
			c := a.colours(a.err)
			for _, name := range written.Lost {
				fmt.Fprintf(a.err, "%s %s is in the ledger only: bytes of it are lost or damaged (labbook cache check)\n", c.yellow("!"), name)
			}
			if !a.quiet {
				fmt.Fprintf(a.out, "%s: %s, %s\n", given[0], inBackup(written.Contents), human.Bytes(written.Size))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&withRequests, "requests", false, "also what the server was asked and what it answered (runs/requests.db)")
	return a.withJSON(cmd)
}

// restoreCommand makes a history of a backup.
func (a *app) restoreCommand() *cobra.Command {
	var onlyProve bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Bring back what a backup holds, into a folder without a history",
		Long: `Bring back the history and the models of a backup, into a folder that has no history:
the project's, without its runs/, or an empty one. Everything is proved by its digest
before the history is there, and every model is opened after that. Nothing is put over
what is there; a restore that is stopped can be begun again.

The exit code is 1 where a version answers nothing. With --dry-run the backup is read
and proved as a whole, and nothing is written.`,
		Example: "  git clone REPOSITORY prices\n  labbook -C prices restore /mnt/safe/prices.tar.zst\n  labbook restore --dry-run /mnt/safe/prices.tar.zst",
		Args:    args(1, 1, "the file that backup wrote"),
		RunE: func(cmd *cobra.Command, given []string) error {
			meter := a.newMeter("reading")
			restored, err := project.Restore(cmd.Context(), a.dir, a.path(given[0]), onlyProve, meter.show)
			meter.close()
			if err != nil {
				return err
			}
			c := a.colours(a.out)
			switch {
			case a.json:
				err = a.printJSON(restored)
			default:
				for _, b := range restored.Broken {
					fmt.Fprintf(a.out, "%s %s\n  hint: %s\n", c.red("✕ "+b.What), human.Text(b.Why, 0), b.Hint)
				}
				if !a.quiet {
					done := "restored"
					if onlyProve {
						done = "sound"
					}
					fmt.Fprintf(a.out, "%s: %s, as of %s\n", done, inBackup(restored.Contents), moment(restored.Made))
				}
			}
			if err == nil && len(restored.Broken) > 0 {
				return &exit{ExitFailed, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&onlyProve, "dry-run", false, "read and prove the backup, and write nothing")
	return a.withJSON(cmd)
}

// inBackup says what a backup holds.
func inBackup(c *archive.Contents) string {
	said := human.Count(c.History.Runs, "run") + " and " + human.Count(c.History.Versions, "version")
	if c.History.Requests {
		said = human.Count(c.History.Runs, "run") + ", " + human.Count(c.History.Versions, "version") + " and the requests"
	}
	return said + " in " + human.Count(len(c.Parts), "file")
}
