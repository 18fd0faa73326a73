package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/lazy"
	"labbook/internal/base/logging"
	"labbook/internal/store/keys"
	"labbook/internal/store/requests"
	"labbook/serve"
)

// serving are the flags of the server. Each can also be given in the
// environment, as LABBOOK_LISTEN, or in serve.yaml, as listen: see settings.
type serving struct {
	config   string
	listen   string
	database string
	durable  string
	keepDays int
	keepSize size
	keepBody size
	redact   []string

	tokenFile string
	tokenPath string // the file that the token is from; "" is none
	cert, key string
	hosts     []string

	proxies []string
	base    string
	cors    []string

	body        size
	batch       size
	rate        float64
	connections int
	timeout     time.Duration

	watch               bool
	logLevel, logFormat string
}

// serveCommand answers until a signal comes, then lets what is under way end
// within a time, and gives 0. It needs no model to begin: one that is
// registered later is served from then on. Where it listens, and where its
// token is, is told on standard error.
func (a *app) serveCommand() *cobra.Command {
	o := serving{keepSize: 2e9, keepBody: 64 << 10, body: 10e6, batch: 2e9}
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the champions: a REST API and pages",
		Long: `Serve the champion of every pipeline: predictions, similar rows, models, runs and
requests, with documentation at /docs. It follows the registry: a promoted model
answers without a restart, once it has reproduced its golden predictions.

Every request to the API and its answer is recorded before the answer is sent, in
runs/requests.db or in PostgreSQL.

What changes something needs a key; on other interfaces than loopback everything
does. The token is one that opens everything: it is in runs/token unless
--token-file names another file or LABBOOK_TOKEN holds one. "labbook keys" makes
others, that may do less.

Each flag can also be set in the environment (--keep-days as LABBOOK_KEEP_DAYS),
or in serve.yaml (as keep-days:); flags win over the environment, and that wins
over the file.`,
		Example: `  labbook serve
  labbook serve --listen :8443 --tls-cert cert.pem --tls-key key.pem
  labbook serve --database postgres://labbook@localhost/labbook`,
		Args: args(0, 0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.settings(cmd.Flags(), o.config); err != nil {
				return err
			}
			return a.serve(cmd.Context(), &o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.config, "config", "serve.yaml", "file with settings; it need not exist")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to listen on")
	flags.StringVar(&o.database, "database", "", databaseUsage)
	flags.StringVar(&o.durable, "durability", "full", "what a record survives: full, a power cut; normal, the death of the process")
	flags.IntVar(&o.keepDays, "keep-days", 90, "days that requests are kept")
	flags.Var(&o.keepSize, "keep-size", "size of the requests that are kept")
	flags.Var(&o.keepBody, "keep-body", "size of each body that is kept")
	flags.StringSliceVar(&o.redact, "redact", requests.DefaultRedact(), "names whose values are not kept")
	flags.StringVar(&o.tokenFile, "token-file", "", "file with the token (default runs/token, made when there is none)")
	flags.StringVar(&o.cert, "tls-cert", "", "PEM file with the certificate; with --tls-key the server speaks TLS")
	flags.StringVar(&o.key, "tls-key", "", "PEM file with the certificate's key")
	flags.StringSliceVar(&o.hosts, "host", nil, "a further name that requests on loopback may be addressed to")
	flags.StringSliceVar(&o.proxies, "proxy", nil, "address or network of a proxy whose X-Forwarded-For and -Proto are believed; with one, everything needs a key")
	flags.StringVar(&o.base, "base-path", "", "path that everything is below, such as /labbook")
	flags.StringSliceVar(&o.cors, "cors", nil, "origin whose pages may use the API, such as https://app.example.com")
	flags.Var(&o.body, "max-body", "size of a request's body")
	flags.Var(&o.batch, "max-batch", "size of a file that is predicted while nobody waits; all of them, with their results, may be four times that")
	flags.Float64Var(&o.rate, "rate", 0, "requests a second that each client may make; 0: any number")
	flags.IntVar(&o.connections, "max-connections", 2048, "connections open at a time")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long a request may take to arrive")
	flags.BoolVar(&o.watch, "watch", false, "run what a saved file changes, as labbook watch does; the open notebook follows")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug (each request), info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "text", "text or json")
	return cmd
}

// serve answers until ctx ends, then lets what was accepted finish. What can be
// refused, settings, token and address, is refused before a model is loaded; the
// line that says where to look is printed when they are.
func (a *app) serve(ctx context.Context, o *serving) error {
	log, err := a.logger(o)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	behind, err := o.behind()
	if err != nil {
		return err
	}
	if (o.cert == "") != (o.key == "") {
		return usagef("give both, or neither", "--tls-cert and --tls-key belong together")
	}
	p, err := a.openProject(false)
	if err != nil {
		return err
	}
	defer p.Close()
	token, where, err := o.token(p.Root)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return usagef("choose another with --listen", "cannot listen on %s: %v", o.listen, err)
	}
	defer l.Close()

	var server atomic.Pointer[serve.Server]
	store, err := o.open(ctx, p.Root, log, func(rows int, took time.Duration) {
		if s := server.Load(); s != nil {
			s.Committed(rows, took)
		}
	})
	if err != nil {
		return err
	}
	defer store.Close()
	public := !loopback(l.Addr()) || len(behind.Proxies) > 0
	shared, err := p.SharedBatches()
	if err != nil {
		return err
	}
	runner := p.Runner(log)
	made, err := serve.New(ctx, serve.Options{
		Registry: p.Registry(), Runs: p.Runs(), Outputs: p.Outputs(), Fresh: p.Freshness, Requests: store, Token: token, Keys: p.Keys(), Copies: p.Ledger.Shared(), Public: public, Hosts: o.hosts, Behind: behind, Log: log, Version: project.Version(),
		Runner: runner, Batches: filepath.Join(p.Root, "runs", "batches"), Shared: shared,
		Pages:  serve.Pages(p.Notebooks()),
		Limits: serve.Limits{Body: int64(o.body), Batch: int64(o.batch), Rate: o.rate, Connections: o.connections, Read: o.timeout},
	})
	if err != nil {
		return err
	}
	server.Store(made)
	if o.tokenPath != "" {
		go o.followToken(ctx, made, log, token)
	}
	// Nearly all memory is models, which stay: what requests leave behind is
	// collected before it is as much again.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(15)
	}
	go debug.FreeOSMemory() // of what loading needed; nobody waits for it
	if !a.quiet {
		a.welcome(made, l.Addr(), o, where)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	worked := make(chan struct{})
	go func() { runner.Work(ctx); close(worked) }()
	if o.watch {
		go runner.Watch(ctx)
	}
	err = made.Serve(ctx, l, o.cert, o.key)
	stop()
	<-worked
	return err
}

// welcome says where to look.
func (a *app) welcome(s *serve.Server, address net.Addr, o *serving, token string) {
	scheme, base := "http", strings.TrimSuffix(o.base, "/")
	if o.cert != "" {
		scheme = "https"
	}
	fmt.Fprintf(a.err, "serving at %s://%s%s, documented at %s/docs; the token is %s\n", scheme, address, base, base, token)
	if ip, ok := address.(*net.TCPAddr); ok && !ip.IP.IsLoopback() && o.cert == "" && len(o.proxies) == 0 {
		fmt.Fprintln(a.err, "  without TLS: keys and answers cross the network as they are; give --tls-cert and --tls-key, or a proxy that encrypts")
	}
	for _, made := range s.Endpoints() {
		fmt.Fprintf(a.err, "  POST %s/v1/%s/predict answers %s with %s@%d\n", base, made.Name, made.Predicts(), made.Version.Model, made.Version.Version)
	}
	if len(s.Endpoints()) == 0 {
		fmt.Fprintln(a.err, "  no model yet: `labbook run` registers one, and it is served from then on")
	}
}

// logger gives the server's log, on standard error, where storms are sampled. A level or format that
// nobody knows is an error before anything listens.
func (a *app) logger(o *serving) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return nil, usagef("write debug, info, warn or error", "no log level is called %q", o.logLevel)
	}
	switch options := (&slog.HandlerOptions{Level: level}); o.logFormat {
	case "text":
		return slog.New(logging.NewSampled(slog.NewTextHandler(a.err, options), nil)), nil
	case "json":
		return slog.New(logging.NewSampled(slog.NewJSONHandler(a.err, options), nil)), nil
	}
	return nil, usagef("write text or json", "no log format is called %q", o.logFormat)
}

// check refuses numbers that nothing can be served with.
func (o *serving) check() error {
	switch {
	case !(o.rate >= 0):
		return usagef("write 0 for any number, or how many requests a second a client may make", "--rate is %v", o.rate)
	case o.body < leastBody:
		return usagef("give room for a row, such as 10 MB", "--max-body is %d bytes, less than %d", int64(o.body), int64(leastBody))
	case o.batch < leastBody:
		return usagef("give room for a row, such as 2 GB", "--max-batch is %d bytes, less than %d", int64(o.batch), int64(leastBody))
	case o.connections < 1:
		return usagef("give at least 1", "--max-connections is %d", o.connections)
	case o.timeout < time.Second:
		return usagef("give at least 1s", "--timeout is %v", o.timeout)
	case o.keepDays < 1:
		return usagef("give at least 1", "--keep-days is %d", o.keepDays)
	}
	return nil
}

// behind reads what stands before the server.
func (o *serving) behind() (b serve.Behind, err error) {
	proxies, bad := serve.ParseProxies(o.proxies)
	if bad != "" {
		return b, usagef("write an address, as 127.0.0.1, or a network, as 10.0.0.0/8", "--proxy is %q", bad)
	}
	base := strings.TrimSuffix(o.base, "/")
	if base != "" && !basePath().MatchString(base) {
		return b, usagef("write it as /labbook", "--base-path is %q", o.base)
	}
	for _, origin := range o.cors {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return b, usagef("write scheme, host and port as browsers send them, as https://app.example.com", "--cors is %q", origin)
		}
	}
	return serve.Behind{Proxies: proxies, Base: base, Origins: o.cors}, nil
}

var basePath = lazy.Regexp(`^(/[A-Za-z0-9_.~-]+)+$`)

// leastBody is the least that a body may be bounded to, in bytes.
const leastBody = 1000

// open opens the store of requests.
func (o *serving) open(ctx context.Context, root string, log *slog.Logger, committed func(int, time.Duration)) (*requests.Store, error) {
	durability := requests.Durability(o.durable)
	if durability != requests.Full && durability != requests.Normal {
		return nil, usagef("write full or normal", "no durability is called %q", o.durable)
	}
	address, err := requestsAt(root, o.database)
	if err != nil {
		return nil, err
	}
	return requests.Open(ctx, address, requests.Options{
		Durability: durability, KeepBody: int(o.keepBody), Redact: o.redact,
		MaxAge: time.Duration(o.keepDays) * 24 * time.Hour, MaxBytes: int64(o.keepSize),
		Failed:    func(err error) { log.Error("the records of requests cannot be tidied", "error", err) },
		Rewriting: func(size int64) { log.Info("the records of requests are written anew, once", "bytes", size) },
		Committed: committed,
	})
}

// databaseUsage says what --database is, which is "" by default.
const databaseUsage = "where requests are kept: a SQLite file, or postgres://… (default: the database of farm.yaml, else runs/requests.db)"

// requestsAt gives the address at which requests are kept: that which is named, else the
// database of the project, else a file.
func requestsAt(root, named string) (string, error) {
	if named == "" {
		address, err := project.Database(root)
		if err != nil || address != "" {
			return address, err
		}
		named = "runs/requests.db"
	}
	address, err := requests.Address(root, named)
	return address, usage(err)
}

// token gives the server's token, and says where it is from. One that nobody
// chose is made and kept where only this user can read it.
func (o *serving) token(root string) (token, where string, err error) {
	if token := os.Getenv("LABBOOK_TOKEN"); token != "" && o.tokenFile == "" {
		if len(token) < leastToken {
			return "", "", usagef("make it longer, or leave it out: then runs/token has one", "the token in LABBOOK_TOKEN is shorter than %d characters", leastToken)
		}
		return token, "in LABBOOK_TOKEN", nil
	}
	path := o.tokenFile
	if path == "" {
		path = tokenFile(root)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && o.tokenFile == "" {
		made, _ := keys.NewSecret(time.Now())
		data, err = []byte(made), writeToken(path, made)
	}
	if err != nil {
		return "", "", usage(err)
	}
	if token = strings.TrimSpace(string(data)); len(token) < leastToken {
		return "", "", usagef("let labbook make one: remove the file, or leave --token-file out", "the token in %s is shorter than %d characters", path, leastToken)
	}
	o.tokenPath = path
	if o.tokenFile == "" {
		path = "runs/token"
	}
	return token, "in " + path, nil
}

// leastToken is how long a token is at least.
const leastToken = 16

// followToken has the server take another token when its file holds one, until
// ctx ends. What is too short for one, or cannot be read, changes nothing.
func (o *serving) followToken(ctx context.Context, s *serve.Server, log *slog.Logger, token string) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		data, err := os.ReadFile(o.tokenPath)
		if found := strings.TrimSpace(string(data)); err == nil && found != token && len(found) >= leastToken {
			token = found
			s.SetToken(token)
			log.Info("the token is another one", "file", o.tokenPath)
		}
	}
}

// loopback says whether only this machine can reach the address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
