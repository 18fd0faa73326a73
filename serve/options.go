package serve

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/serve/batch"
)

// SharedBatches is where batches lie that servers of several machines have.
type SharedBatches = batch.Shared

// Options are what a Server is made from.
type Options struct {
	// Registry has the models and their bytes.
	Registry *registry.Registry
	// Runs tells what was run, and what it left.
	Runs Runs
	// Outputs has the bytes of what runs left; nil: none can be had here.
	Outputs registry.Store
	// Fresh gives how old data and champions are of which it is declared how old they
	// may be; nil: of none.
	Fresh func(context.Context) []record.Freshness
	// Requests keeps what is asked and answered.
	Requests *requests.Store
	// Runner starts runs; nil: they cannot be started here.
	Runner Runner
	// Batches is the folder where files are kept that are predicted while nobody
	// waits; "": they are not taken.
	Batches string
	// Shared is where batches lie that servers of several machines have; nil: the folder
	// has all of them.
	Shared *SharedBatches
	// Token opens everything, as a key of all scopes. It must not be empty.
	Token string
	// Keys are what others are let in by. What changes state needs the token or a
	// key, and, when Public, so does everything but health.
	Keys *keys.Keys
	// Copies says that other servers let in callers by the same keys: who is not known
	// here may have been let in there a moment ago.
	Copies bool
	// Public says that others than this machine can reach the server.
	Public bool
	// Hosts are the names that requests may be addressed to besides those of
	// the loopback interface; only heeded when not Public.
	Hosts []string
	// Behind is what stands before the server.
	Behind Behind
	// Limits bound what clients can take.
	Limits Limits
	// Poll is how often the registry is looked at; 0 means 500 ms.
	Poll time.Duration
	// Pages, if not nil, answers whatever is not the API.
	Pages func(*Server) http.Handler
	// Version is the program's, for the API's document.
	Version string
	// Log is told what happens; nil drops it.
	Log *slog.Logger
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Runs tells of runs; *ledger.DB does, and says what each of these gives.
type Runs interface {
	Runs(ctx context.Context, f record.Filter) ([]*record.Run, error)
	// FindRun's error is a *diag.Error where there is no such run.
	FindRun(ctx context.Context, pipeline, name string) (*record.Run, error)
	Stages(ctx context.Context, run string) ([]*record.Stage, error)
	// MetricsOf gives what several runs measured, by run.
	MetricsOf(ctx context.Context, runs []string) (map[string][]metrics.Value, error)
	// Remarks gives what people say of runs, by run, and PutRemark records it.
	Remarks(ctx context.Context, runs []string) (map[string]*record.Remark, error)
	PutRemark(run string, r *record.Remark) error
	// Pipelines gives the names of those that ever ran.
	Pipelines(ctx context.Context) ([]string, error)
}

// Limits bound what clients can take. Zero fields mean the defaults.
type Limits struct {
	Body        int64         // bytes of a request's body; 10 MB
	Bodies      int64         // bytes of all large bodies at a time; 64 MB
	Header      int           // bytes of a request's header; 16 KiB
	Rows        int           // rows of a request; 100,000
	Batch       int64         // bytes of a file that is predicted while nobody waits; 2 GB
	BatchDisk   int64         // bytes of all such files and their results; four times Batch
	Batches     int           // such files that are kept; 100
	Similar     int           // similar rows that one request can ask for; 100
	Connections int           // open at a time; 2,048
	PerClient   int           // of them; half of Connections
	Rate        float64       // requests a second and client; 0: no bound
	Read        time.Duration // for a request to arrive; 30 s
	Write       time.Duration // from the header to the answer's end; 60 s, at least twice Read
	Idle        time.Duration // between requests of a connection; 2 min
	Shutdown    time.Duration // for what was accepted, at the end; 30 s
}

func (l *Limits) defaults() {
	def(&l.Body, 10e6)
	def(&l.Bodies, 64e6)
	def(&l.Header, 16<<10)
	def(&l.Rows, 100_000)
	def(&l.Batch, 2e9)
	def(&l.BatchDisk, 4*l.Batch)
	def(&l.Batches, 100)
	def(&l.Similar, 100)
	def(&l.Connections, 2048)
	def(&l.PerClient, max(1, l.Connections/2))
	def(&l.Read, 30*time.Second)
	def(&l.Write, time.Minute)
	l.Write = max(l.Write, 2*l.Read)
	def(&l.Idle, 2*time.Minute)
	def(&l.Shutdown, 30*time.Second)
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
