package external

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/program"
	"labbook/internal/data/table"
	"labbook/models/estimator"
)

// mostIdle bounds the processes, of all models, that wait in case somebody asks
// again; those that are kept warm do not count.
const mostIdle = 4

// mostTries is how many processes may die over the same rows. One may have died before
// it was asked, and nobody has noticed.
const mostTries = 3

// pool is the processes that answer for a model: as many as there are cores, at
// least two, so that one of them answers while another is being started.
type pool struct {
	header   *header
	contents [][]byte
	like     *table.Table
	slots    chan struct{} // a place in it is the right to use a process

	mu      sync.Mutex
	changed *sync.Cond // of mu: a process is free, or there is one less
	dir     string     // where the files lie; "" before the first start
	idle    []*process
	keep    int // processes that are to be ready
	probe   *table.Table
	number  int // of the last process
	busy    int // processes that answer, or start
	closed  bool
}

func newPool(h *header, contents [][]byte, like *table.Table) *pool {
	p := &pool{header: h, contents: contents, like: like, slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// ask has a process answer. One that dies over it is replaced, and the rows are asked
// again; whatever else goes wrong is told, as *estimator.Unavailable, and the
// process ended.
func (p *pool) ask(rows *table.Table) ([]float64, error) {
	select {
	case p.slots <- struct{}{}:
	case <-time.After(p.header.Timeout):
		return nil, &estimator.Unavailable{What: fmt.Sprintf("all %d processes of the model are busy, and none was free within %s", cap(p.slots), human.Duration(p.header.Timeout))}
	}
	defer func() { <-p.slots }()
	for tries := 1; ; tries++ {
		proc, err := p.take(tries > 1)
		if err != nil {
			return nil, err
		}
		said, err := proc.ask(rows)
		if err == nil {
			p.give(proc)
			return said, nil
		}
		p.drop(proc)
		if !errors.Is(err, errDied) || tries == mostTries {
			return nil, unavailable(err)
		}
	}
}

// unavailable is the error of a program that did not answer.
func unavailable(err error) error {
	var known *estimator.Unavailable
	if errors.As(err, &known) {
		return known
	}
	return &estimator.Unavailable{What: err.Error()}
}

// take gives a process that waits, or starts one. To start one takes seconds: where
// some are kept ready, or one has just died, the next one that is free is sooner.
func (p *pool) take(again bool) (*process, error) {
	p.mu.Lock()
	for {
		if proc := p.free(); proc != nil {
			p.busy++
			p.mu.Unlock()
			return proc, nil
		}
		if p.busy == 0 || p.keep == 0 && !again {
			break
		}
		p.changed.Wait()
	}
	p.busy++
	p.mu.Unlock()
	proc, err := p.start()
	if err != nil {
		p.less()
		return nil, unavailable(err)
	}
	return proc, nil
}

// free takes a process that waits and lives out of those that do; nil where there is
// none. The caller holds the lock.
func (p *pool) free() *process {
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		proc := p.idle[last]
		p.idle = p.idle[:last]
		waiting.remove(proc)
		if proc.talk.How() == "" {
			return proc
		}
		go proc.talk.Stop()
	}
	return nil
}

// less notes that a process that answered, or was being started, is none any more.
func (p *pool) less() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.changed.Broadcast()
}

// give puts a process back.
func (p *pool) give(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	defer p.changed.Broadcast()
	if p.closed {
		go proc.talk.Stop()
		return
	}
	proc.used = true
	p.idle = append(p.idle, proc)
	if p.keep == 0 {
		waiting.add(p, proc)
	}
}

// drop ends a process, and sees to another where some are to be ready.
func (p *pool) drop(proc *process) {
	p.less()
	go func() {
		proc.talk.Stop()
		p.refill()
	}()
}

// remove ends a process that waits, if it still does.
func (p *pool) remove(proc *process) {
	p.mu.Lock()
	at := slices.Index(p.idle, proc)
	if at >= 0 {
		p.idle = slices.Delete(p.idle, at, at+1)
	}
	p.mu.Unlock()
	if at >= 0 {
		proc.talk.Stop()
	}
}

// start starts a process; the first one proves the tools and unpacks the files.
func (p *pool) start() (*process, error) {
	p.mu.Lock()
	dir := p.dir
	if dir == "" {
		var err error
		if dir, err = p.unpack(); err != nil {
			p.mu.Unlock()
			return nil, err
		}
		p.dir = dir
	}
	p.number++
	scratch := filepath.Join(dir, fmt.Sprint("process-", p.number))
	p.mu.Unlock()
	if err := os.Mkdir(scratch, 0o777); err != nil {
		return nil, err
	}
	proc, err := startProcess(p, &program.Workspace{Dir: filepath.Join(dir, "work"), Scratch: scratch})
	if err != nil {
		return nil, err
	}
	go func() {
		<-proc.talk.Ended
		os.RemoveAll(scratch)
		p.remove(proc)
		p.refill()
	}()
	return proc, nil
}

// unpack writes the model's files into a private folder.
func (p *pool) unpack() (dir string, err error) {
	if err := same(p.header.Versions); err != nil {
		return "", err
	}
	if dir, err = program.Folder("labbook-model-"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	space := &program.Workspace{Dir: filepath.Join(dir, "work"), Scratch: dir}
	if err := space.Make(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(space.Dir, folder), 0o777); err != nil {
		return "", err
	}
	for i, f := range p.header.Files {
		if err := space.Put(f.name(), writer(p.contents[i], f.Exec)); err != nil {
			return "", err
		}
	}
	told, err := p.header.told()
	if err != nil {
		return "", err
	}
	return dir, space.Put(fileJob, writer(told, false))
}

// warm has n processes ready from now on, and waits for the first of them to answer
// a row.
func (p *pool) warm(n int, probe *table.Table) error {
	p.mu.Lock()
	p.keep, p.probe = min(n, cap(p.slots)), probe
	for _, proc := range p.idle {
		waiting.remove(proc)
	}
	p.mu.Unlock()
	if _, err := p.ask(probe); err != nil {
		return err
	}
	go p.refill()
	return nil
}

// refill starts processes until as many are ready, or at work, as are to be. One that
// cannot be started is left to whoever asks next.
func (p *pool) refill() {
	for {
		p.mu.Lock()
		enough := p.closed || len(p.idle)+p.busy >= p.keep
		if !enough {
			p.busy++
		}
		probe := p.probe
		p.mu.Unlock()
		if enough {
			return
		}
		proc, err := p.start()
		if err == nil {
			if _, err = proc.ask(probe); err == nil {
				p.give(proc)
				continue
			}
			proc.talk.Stop()
		}
		p.less()
		return
	}
}

// close ends what waits, and what answers once it has.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle, dir := p.idle, p.dir
	p.idle = nil
	p.mu.Unlock()
	for _, proc := range idle {
		waiting.remove(proc)
		proc.talk.Stop()
	}
	if dir != "" {
		os.RemoveAll(dir)
	}
}

// queue is the processes of all models that wait and are not kept warm, the one that
// waits for longest first.
type queue struct {
	mu   sync.Mutex
	list []*process
}

var waiting queue

// add puts a process at the end, and ends the first where there are too many.
func (q *queue) add(p *pool, proc *process) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, proc)
	if len(q.list) > mostIdle {
		first := q.list[0]
		q.list = q.list[1:]
		go first.pool.remove(first)
	}
}

// remove takes a process out.
func (q *queue) remove(proc *process) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at := slices.Index(q.list, proc); at >= 0 {
		q.list = slices.Delete(q.list, at, at+1)
	}
}
