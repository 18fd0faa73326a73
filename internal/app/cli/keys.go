package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/output"
)

// keysCommand only groups.
func (a *app) keysCommand() *cobra.Command {
	return group("keys", "Make, list, rotate, expire and revoke keys of the server",
		a.keysCreateCommand(), a.keysListCommand(), a.keysRotateCommand(), a.keysExpireCommand(), a.keysRevokeCommand())
}

// byCommand is who changes something here.
var byCommand = keys.Who{Actor: "cli"}

// madeKey is what `keys create --json` and `keys rotate --json` print.
type madeKey struct {
	Key    string `json:"key"`
	Secret string `json:"secret"`
}

// keysCreateCommand prints the secret alone on standard output, so that it can be
// passed on without being seen.
func (a *app) keysCreateCommand() *cobra.Command {
	var scopes, pipelines []string
	var ends string
	cmd := &cobra.Command{
		Use: "create NAME --scope SCOPES", Short: "Make a key, and print its secret",
		Long: `Make a key for a client of the server, and print its secret: once, for only its
digest is kept. A server that runs knows the key within a second. The name of the
key stands with every request that comes with it, so call it as who uses it.

Scopes are
  predict  ask for predictions, save them, tell what came true
  read     models, runs, requests and the pages
  train    start runs
  promote  move the champion
  admin    make and end keys, read the audit trail; and all of the others`,
		Example: `  labbook keys create billing --scope predict --pipeline diamonds --expires 90d
  labbook keys create dashboard --scope read,predict
  labbook keys create ci --scope train,promote > key.txt`,
		Args: args(1, 1, "a name, such as billing"),
		RunE: func(cmd *cobra.Command, given []string) error {
			key := &record.Key{Name: given[0], Pipelines: pipelines}
			for _, s := range scopes {
				key.Scopes = append(key.Scopes, record.Scope(strings.TrimSpace(s)))
			}
			var err error
			if key.Expires, err = keys.ParseEnd(ends, time.Now()); err != nil {
				return usage(err)
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			secret, err := p.Keys().Create(key, byCommand)
			if err != nil {
				return usage(err)
			}
			return a.tellSecret(key.Name, secret)
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do: predict, read, train, promote, admin (with commas, or again, for more)")
	cmd.Flags().StringSliceVar(&pipelines, "pipeline", nil, "bind it to a pipeline (with commas, or again, for more)")
	cmd.Flags().StringVar(&ends, "expires", "never", "when it ends: 90d, 12h, 2027-01-31, or never")
	return a.withJSON(cmd)
}

// tellSecret prints a secret that was just made.
func (a *app) tellSecret(name, secret string) error {
	if a.json {
		return a.printJSON(madeKey{name, secret})
	}
	fmt.Fprintln(a.out, secret)
	if !a.quiet {
		fmt.Fprintf(a.err, "this is the secret of %s, and is not shown again; clients send it as Authorization: Bearer %s…\n", name, secret[:3])
	}
	return nil
}

// listedKey is a line of `keys list --json`.
type listedKey struct {
	*record.Key
	State string `json:"state"`
}

func (a *app) keysListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys, also those that open nothing any more", Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			all, err := keys.New(db, nil).List(cmd.Context())
			if err != nil {
				return err
			}
			now, list := time.Now(), []listedKey{}
			for _, k := range all {
				list = append(list, listedKey{k, keys.State(k, now)})
			}
			if a.json {
				return a.printJSON(list)
			}
			if len(list) == 0 {
				fmt.Fprintln(a.err, "no keys: the server's token opens everything; `labbook keys create` makes a key")
				return nil
			}
			l := listing{titles: []string{"key", "state", "may", "pipelines", "secret", "created", "by", "expires"}}
			for _, k := range list {
				pipelines, expires := "all", "never"
				if len(k.Pipelines) > 0 {
					pipelines = strings.Join(k.Pipelines, ", ")
				}
				if !k.Expires.IsZero() {
					expires = moment(k.Expires)
				}
				l.add(k.Name, k.State, keys.Words(k.Scopes), pipelines, opening(k.Key, now), moment(k.Created), k.Creator, expires)
			}
			l.print(a.out, a.colours(a.out))
			return nil
		},
	}
	return a.withJSON(cmd)
}

// opening gives how the secrets of a key begin that open something.
func opening(k *record.Key, now time.Time) string {
	var hints []string
	for _, s := range k.Secrets {
		if keys.State(k, now) == keys.Valid && (s.Expires.IsZero() || s.Expires.After(now)) {
			hints = append(hints, s.Hint+"…")
		}
	}
	return strings.Join(hints, ", ")
}

// keysRotateCommand gives a key another secret. The server's token is a key as
// well, whose secret is a file.
func (a *app) keysRotateCommand() *cobra.Command {
	var overlap string
	cmd := &cobra.Command{
		Use: "rotate NAME", Short: "Give a key a new secret, and print it",
		Long: `Give a key a new secret, and print it. The one before opens for a while longer, so
that its users can change over. "token" is the server's token in runs/token: it
changes at once, and every session that began with it ends.`,
		Example: "  labbook keys rotate billing\n  labbook keys rotate billing --overlap 0s   # the secret is out\n  labbook keys rotate token",
		Args:    args(1, 1, "a key, such as billing"),
		RunE: func(cmd *cobra.Command, given []string) error {
			longer, err := keys.ParseLength(overlap)
			if err != nil {
				return usage(err)
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			if given[0] == keys.Token {
				return a.rotateToken(p)
			}
			secret, err := p.Keys().Rotate(cmd.Context(), given[0], longer, byCommand)
			if err != nil {
				return usage(err)
			}
			if !a.quiet && longer > 0 {
				fmt.Fprintf(a.err, "the secret before opens for %s more\n", human.Duration(longer))
			}
			return a.tellSecret(given[0], secret)
		},
		ValidArgsFunction: a.completeKeys,
	}
	cmd.Flags().StringVar(&overlap, "overlap", "24h", "how long the secret before still opens")
	return a.withJSON(cmd)
}

// rotateToken writes another token, which a server that runs takes within a
// second.
func (a *app) rotateToken(p *project.Project) error {
	secret, _ := keys.NewSecret(time.Now())
	if err := writeToken(tokenFile(p.Root), secret); err != nil {
		return err
	}
	if err := p.Keys().Note(byCommand, "rotate key", keys.Token, "in runs/token"); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(madeKey{keys.Token, secret})
	}
	if !a.quiet {
		fmt.Fprintln(a.err, "runs/token holds another token; a server that reads it there follows within a second")
	}
	return nil
}

// tokenFile is where a project's token is unless it is said otherwise.
func tokenFile(root string) string { return filepath.Join(root, "runs", "token") }

// writeToken writes a token where only this user can read it, whole or not at
// all.
func writeToken(path, token string) error {
	return output.WriteWhole(path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, token+"\n")
		return err
	})
}

func (a *app) keysExpireCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use: "expire NAME --at WHEN", Short: "Set when a key ends, or let it open again",
		Example: "  labbook keys expire billing --at 2027-01-31\n  labbook keys expire billing --at now\n  labbook keys expire billing --at never",
		Args:    args(1, 1, "a key, such as billing"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if at == "" {
				return usagef("write it as --at 90d, --at 2027-01-31, --at now or --at never", "nothing says when %s ends", given[0])
			}
			when, err := keys.ParseEnd(at, time.Now())
			if err != nil {
				return usage(err)
			}
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			if err := p.Keys().Expire(cmd.Context(), given[0], when, byCommand); err != nil {
				return usage(err)
			}
			if !a.quiet {
				text := "never ends"
				if !when.IsZero() {
					text = "ends at " + moment(when)
				}
				fmt.Fprintln(a.out, given[0]+" "+text)
			}
			return nil
		},
		ValidArgsFunction: a.completeKeys,
	}
	cmd.Flags().StringVar(&at, "at", "", "when: 90d, 12h, 2027-01-31, now, or never")
	return cmd
}

func (a *app) keysRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "End a key for good, with its sessions",
		Long: `End a key for good, with its sessions. It stays listed, and no other key can have
its name. A server that runs follows within a second.`,
		Args: args(1, 1, "a key, such as billing"),
		RunE: func(cmd *cobra.Command, given []string) error {
			p, err := a.openProject(false)
			if err != nil {
				return err
			}
			defer p.Close()
			if err := p.Keys().Revoke(cmd.Context(), given[0], byCommand); err != nil {
				return usage(err)
			}
			if !a.quiet {
				fmt.Fprintln(a.out, given[0]+" is revoked")
			}
			return nil
		},
		ValidArgsFunction: a.completeKeys,
	}
}

// completeKeys completes the names of keys that are not revoked.
func (a *app) completeKeys(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	db, err := a.openLedger()
	if err != nil || len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer db.Close()
	all, _ := keys.New(db, nil).List(cmd.Context())
	var names []string
	for _, k := range all {
		if k.Revoked.IsZero() {
			names = append(names, k.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// auditCommand prints the audit trail, the newest line first.
func (a *app) auditCommand() *cobra.Command {
	last := 50
	cmd := &cobra.Command{
		Use: "audit", Short: "Say who changed what: keys, sessions, champions, and what the server was asked to change",
		Long: `List who changed what, the newest first: keys, sessions, champions, retractions,
and what the server was asked to change. Predictions that were saved, and outcomes,
are requests, which name the key that they came with: labbook sql 'select time,
caller, method, path from requests where caller is not null'. The view audit of
labbook sql has the same lines.`,
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if last < 1 {
				return usagef("give at least 1", "--last is %d", last)
			}
			db, err := a.openLedger()
			if err != nil {
				return err
			}
			defer db.Close()
			found, err := keys.New(db, nil).Trail(cmd.Context(), time.Time{}, last)
			if err != nil {
				return err
			}
			if a.json {
				if found == nil {
					found = []record.Event{}
				}
				return a.printJSON(found)
			}
			l := listing{titles: []string{"when", "who", "client", "what", "of", "how"}}
			for _, e := range found {
				l.add(moment(e.Time), e.Actor, e.Client, e.Action, e.Subject, e.Detail)
			}
			l.print(a.out, a.colours(a.out))
			return nil
		},
	}
	cmd.Flags().IntVar(&last, "last", last, "how many lines")
	return a.withJSON(cmd)
}
