// Package temporal is the engine Temporal (https://temporal.io): a key's digest is the
// id of a standalone activity.
//
// The messages are those of go.temporal.io/api v1.63 (MIT), as far as they are needed;
// the numbers of their fields, which the schema promises to keep, stand here with the
// names that it gives them. They are written by hand, and sent over the standard
// library's HTTP/2, because the SDK in the program made every command of labbook start
// 12 ms later, for its generated code registers itself, and 11 MB larger. The tests of
// the farm ask a real server.
package temporal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/protobuf"
	"labbook/runner/farm"
)

// Engine is a farm.Engine over a server of Temporal.
type Engine struct {
	at       Address
	identity string
	base     string
	http     *http.Client
	tell     func(text string)

	mu   sync.Mutex
	lost bool // told that it is gone
}

var _ farm.Engine = (*Engine)(nil)

// Open gives an engine. Nothing is asked of it yet. identity is who asks, for people;
// tell is told when the engine is gone and when it is back.
func Open(at Address, identity string, tell func(text string)) *Engine {
	protocols := new(http.Protocols)
	scheme := "https"
	if at.Plain {
		scheme = "http"
		protocols.SetUnencryptedHTTP2(true)
	} else {
		protocols.SetHTTP2(true)
	}
	dialer := &net.Dialer{Timeout: 2 * time.Second}
	return &Engine{
		at: at, identity: identity, tell: tell,
		base: scheme + "://" + at.Host + "/temporal.api.workflowservice.v1.WorkflowService/",
		http: &http.Client{Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: at.tls, TLSHandshakeTimeout: 5 * time.Second, Protocols: protocols,
			HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
		}},
	}
}

// Close implements farm.Engine.
func (e *Engine) Close() { e.http.CloseIdleConnections() }

// gone tells that the engine does not answer, once.
func (e *Engine) gone(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.lost {
		e.lost = true
		e.tell(fmt.Sprintf("%s at %s does not answer (%s); labbook waits for it", e.at.Called(), e.at, human.Line(err.Error(), 200)))
	}
}

// there tells that the engine answers again.
func (e *Engine) there() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lost {
		e.lost = false
		e.tell(e.at.Called() + " answers again")
	}
}

// explained gives an error of a call for people.
func (e *Engine) explained(ctx context.Context, err error) error {
	var said *callError
	if err == nil || ctx.Err() != nil || !errors.As(err, &said) {
		return err
	}
	d := &diag.Error{What: fmt.Sprintf("%s says: %s", e.at.Called(), human.Line(said.text, 300)), Hint: "it is " + e.at.String(), Err: err}
	switch said.code {
	case unavailable, deadlineExceeded:
		d.What = fmt.Sprintf("%s cannot be reached: %s", e.at.Called(), human.Line(said.text, 300))
		d.Hint = "it is " + e.at.String() + "; is that right in farm.yaml, does it run, and is the network up?"
		if !e.at.Plain {
			d.Hint += " TLS is used: tls=off in the address is for servers without"
			if e.at.cert == "" {
				d.Hint += ", and one that breaks off may want cert= and key="
			}
		}
	case permissionDenied, unauthenticated:
		d.What = fmt.Sprintf("%s refuses access: %s", e.at.Called(), human.Line(said.text, 300))
		d.Hint = "name a certificate or an API key that the namespace " + e.at.Namespace + " lets in, in farm.yaml"
	case notFound:
		d.Hint = fmt.Sprintf("does the namespace %q exist at %s? `temporal operator namespace create`", e.at.Namespace, e.at.Host)
	case unimplemented:
		d.Hint = "standalone activities came with Temporal 1.31: it has to be as new, and allow them"
	}
	return d
}

// Check implements farm.Engine: the server is there, and has the namespace.
func (e *Engine) Check(ctx context.Context) error {
	var m protobuf.Message
	m.Text(1, e.at.Namespace)
	_, err := e.call(ctx, "DescribeNamespace", m, 2500*time.Millisecond)
	return e.explained(ctx, err)
}

// payloads writes bytes as a Payloads of one.
func payloads(data []byte) (list protobuf.Message) {
	var entry, payload protobuf.Message
	entry.Text(1, "encoding")
	entry.Bytes(2, []byte("binary/plain"))
	payload.Bytes(1, entry) // metadata
	payload.Bytes(2, data)  // data
	list.Bytes(1, payload)
	return list
}

// payload reads them.
func payload(field protobuf.Field) []byte { return protobuf.Get(field.Bytes, 1, 2).Bytes }

// name writes a message that has a name only: ActivityType, TaskQueue.
func name(text string) (m protobuf.Message) {
	m.Text(1, text)
	return m
}

// activity is the type of all activities.
const activity = "labbook"

// Enums.
const (
	allowDuplicate = 1 // ActivityIdReusePolicy
	useExisting    = 2 // ActivityIdConflictPolicy
	ofActivities   = 2 // TaskQueueType
	started        = 2 // PendingActivityState
	running        = 1 // ActivityExecutionStatus
)

// atMost is how long an attempt may take: all that a stage may is in its order.
const atMost = 30 * 24 * time.Hour

// Start implements farm.Engine.
func (e *Engine) Start(ctx context.Context, t farm.Task) (string, error) {
	var m, retry, priority protobuf.Message
	retry.Duration(1, time.Second)       // initial_interval
	retry.Double(2, math.Float64bits(2)) // backoff_coefficient
	retry.Duration(3, 10*time.Second)    // maximum_interval
	retry.Int(4, int64(t.Attempts))      // maximum_attempts
	priority.Int(1, int64(t.Priority))   // priority_key
	m.Text(1, e.at.Namespace)            // namespace
	m.Text(2, e.identity)                // identity
	m.Text(3, rand.Text())               // request_id
	m.Text(4, t.ID)                      // activity_id
	m.Bytes(5, name(activity))           // activity_type
	m.Bytes(6, name(t.Queue))            // task_queue
	m.Duration(9, atMost)                // start_to_close_timeout
	m.Duration(10, t.Silent)             // heartbeat_timeout
	m.Bytes(11, retry)                   // retry_policy
	m.Bytes(12, payloads(t.Order))       // input
	m.Int(13, allowDuplicate)            // id_reuse_policy
	m.Int(14, useExisting)               // id_conflict_policy
	m.Bytes(18, priority)                // priority
	answer, err := e.ask(ctx, "StartActivityExecution", m, soon)
	if err != nil {
		return "", err
	}
	return string(protobuf.Get(answer, 1).Bytes), nil // run_id
}

// one writes the beginning of a request about an execution.
func (e *Engine) one(id, run string) (m protobuf.Message) {
	m.Text(1, e.at.Namespace)
	m.Text(2, id)
	m.Text(3, run)
	return m
}

// Wait implements farm.Engine.
func (e *Engine) Wait(ctx context.Context, id, run string) (farm.Outcome, error) {
	for {
		answer, err := e.ask(ctx, "PollActivityExecution", e.one(id, run), poll)
		if err != nil {
			return farm.Outcome{}, err
		}
		if outcome := protobuf.Get(answer, 2); outcome.Bytes != nil {
			return outcomeOf(outcome.Bytes), nil
		}
	}
}

// outcomeOf reads an ActivityExecutionOutcome.
func outcomeOf(b []byte) (o farm.Outcome) {
	for f := range protobuf.Fields(b) {
		switch f.Number {
		case 1: // result
			o.Result = payload(f)
		case 2: // failure
			o.Failure, o.Details = failureOf(f.Bytes)
		}
	}
	return o
}

// failureOf reads a Failure. What is not ours is an attempt that was lost, as often as
// it may.
func failureOf(b []byte) (kind string, details []byte) {
	kind = farm.Lost
	for f := range protobuf.Fields(b) {
		switch f.Number {
		case 5: // application_failure_info
			kind = string(protobuf.Get(f.Bytes, 1).Bytes)
			details = payload(protobuf.Get(f.Bytes, 3))
		case 7, 8: // canceled_failure_info, terminated_failure_info
			kind = farm.Canceled
		}
	}
	return kind, details
}

// Look implements farm.Engine.
func (e *Engine) Look(ctx context.Context, id, run string) (s farm.State, err error) {
	m := e.one(id, run)
	m.Int(7, 1) // include_heartbeat_details
	answer, err := e.ask(ctx, "DescribeActivityExecution", m, soon)
	if err != nil {
		return s, err
	}
	for f := range protobuf.Fields(protobuf.Get(answer, 2).Bytes) { // info
		switch f.Number {
		case 4: // status
			s.Ended = f.Int != running
		case 5: // run_state
			s.Started = f.Int == started
		case 6: // task_queue
			s.Queue = string(f.Bytes)
		case 12: // heartbeat_details
			s.Details = payload(f)
		case 14: // last_started_time
			s.Since = f.Time()
		case 15: // attempt
			s.Attempt = int(f.Int)
		case 21: // last_worker_identity
			s.Worker = string(f.Bytes)
		}
	}
	return s, nil
}

// Cancel implements farm.Engine.
func (e *Engine) Cancel(ctx context.Context, id, run string) error {
	m := e.one(id, run)
	m.Text(4, e.identity)
	m.Text(5, rand.Text()) // request_id
	_, err := e.ask(ctx, "RequestCancelActivityExecution", m, soon)
	return ended(err)
}

// ended takes it for no error that a task is no longer what it was.
func ended(err error) error {
	if is(err, notFound) {
		return nil
	}
	return err
}

// Poll implements farm.Engine.
func (e *Engine) Poll(ctx context.Context, queue, who string) (*farm.Assigned, error) {
	var m protobuf.Message
	m.Text(1, e.at.Namespace)
	m.Bytes(2, name(queue))
	m.Text(3, who)
	answer, err := e.ask(ctx, "PollActivityTaskQueue", m, poll)
	if err != nil {
		return nil, err
	}
	a := &farm.Assigned{}
	for f := range protobuf.Fields(answer) {
		switch f.Number {
		case 1:
			a.Token = f.Bytes
		case 6:
			a.ID = string(f.Bytes)
		case 8:
			a.Order = payload(f)
		}
	}
	if a.Token == nil {
		return nil, nil
	}
	return a, nil
}

// task writes the beginning of a request about a task that this worker has: its token,
// and bytes as field 2.
func (e *Engine) task(token, data []byte) (m protobuf.Message) {
	m.Bytes(1, token)
	if data != nil {
		m.Bytes(2, payloads(data))
	}
	m.Text(3, e.identity)
	m.Text(4, e.at.Namespace)
	return m
}

// Beat implements farm.Engine.
func (e *Engine) Beat(ctx context.Context, token, details []byte) (stop bool, err error) {
	answer, err := e.ask(ctx, "RecordActivityTaskHeartbeat", e.task(token, details), soon)
	if is(err, notFound) {
		return true, nil // it was given to another, or ended
	}
	return protobuf.Get(answer, 1).Int != 0, err // cancel_requested
}

// Done implements farm.Engine.
func (e *Engine) Done(ctx context.Context, token, result []byte) error {
	_, err := e.ask(ctx, "RespondActivityTaskCompleted", e.task(token, result), soon)
	return ended(err)
}

// Failed implements farm.Engine.
func (e *Engine) Failed(ctx context.Context, token []byte, kind string, details []byte, again bool) error {
	var info, failure protobuf.Message
	info.Text(1, kind) // type
	if !again {
		info.Int(2, 1) // non_retryable
	}
	if details != nil {
		info.Bytes(3, payloads(details)) // details
	}
	failure.Text(1, kind)      // message
	failure.Text(2, "labbook") // source
	failure.Bytes(5, info)     // application_failure_info
	var m protobuf.Message
	m.Bytes(1, token)
	m.Bytes(2, failure)
	m.Text(3, e.identity)
	m.Text(4, e.at.Namespace)
	_, err := e.ask(ctx, "RespondActivityTaskFailed", m, soon)
	return ended(err)
}

// Canceled implements farm.Engine.
func (e *Engine) Canceled(ctx context.Context, token []byte) error {
	_, err := e.ask(ctx, "RespondActivityTaskCanceled", e.task(token, nil), soon)
	return ended(err)
}

// Polling implements farm.Engine.
func (e *Engine) Polling(ctx context.Context, queue string) (who []farm.Poller, waiting int, err error) {
	var m protobuf.Message
	m.Text(1, e.at.Namespace)
	m.Bytes(2, name(queue))
	m.Int(3, ofActivities) // task_queue_type
	m.Int(8, 1)            // report_stats
	answer, err := e.ask(ctx, "DescribeTaskQueue", m, soon)
	if err != nil {
		return nil, 0, err
	}
	for f := range protobuf.Fields(answer) {
		switch f.Number {
		case 1: // pollers
			who = append(who, farm.Poller{Who: string(protobuf.Get(f.Bytes, 2).Bytes), Last: protobuf.Get(f.Bytes, 1).Time()})
		case 5: // stats
			waiting = int(protobuf.Get(f.Bytes, 1).Int)
		}
	}
	return who, waiting, nil
}

// Running implements farm.Engine.
func (e *Engine) Running(ctx context.Context, most int) (all []farm.Execution, err error) {
	var m protobuf.Message
	m.Text(1, e.at.Namespace)
	m.Int(2, int64(most)) // page_size
	m.Text(4, fmt.Sprintf("ExecutionStatus = 'Running' AND ActivityType = '%s'", activity))
	answer, err := e.ask(ctx, "ListActivityExecutions", m, soon)
	if err != nil {
		return nil, err
	}
	for f := range protobuf.Fields(answer) {
		if f.Number == 1 && protobuf.Get(f.Bytes, 6).Int == running {
			all = append(all, farm.Execution{ID: string(protobuf.Get(f.Bytes, 1).Bytes), Run: string(protobuf.Get(f.Bytes, 2).Bytes)})
		}
	}
	return all, nil
}
