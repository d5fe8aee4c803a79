// Package procs keeps worker processes: it starts them with a conversation on
// inherited descriptors, logs what they print under their name, and sees to it
// that none outlives the run.
package procs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/weir-pipeline/weir/pipeline/wire"
)

// Descriptors of a worker: it reads messages from InFD and writes them to
// OutFD. What else it inherits follows from FirstExtraFD on.
const (
	InFD         = 3
	OutFD        = 4
	FirstExtraFD = 5
)

// Env is the variable that tells a process that it is a worker.
const Env = "WEIR_WORKER"

// PipeBytes is the size asked for each pipe: what Linux allows an unprivileged
// user. The default of 64 KiB makes writer and reader take turns sleeping.
const PipeBytes = 1 << 20

// Group is the worker processes of one run. All of them are created by one
// operating-system thread that lives as long as the group, because the kernel
// sends the parent-death signal when the creating thread ends.
type Group struct {
	options Options
	work    chan func()
	once    sync.Once

	mu    sync.Mutex
	procs []*Process
}

// Options are the settings of a group. The zero value works.
type Options struct {
	Path   string       // program to run; default: this one
	Args   []string     // its arguments; default: none
	Logger *slog.Logger // takes what workers print; default: dropped
}

// NewGroup returns a group without processes. Close it.
func NewGroup(options Options) *Group {
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	g := &Group{options: options, work: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for f := range g.work {
			f()
		}
	}()
	return g
}

// Process is one worker.
type Process struct {
	Name    string
	Pid     int
	Conn    *wire.Conn
	Started time.Time // just before the process was created

	cmd     *exec.Cmd
	in, out *os.File // the coordinator's ends
	printed *lineLogger
	exited  chan struct{}
	err     error
	mu      sync.Mutex
	gone    bool // it has ended; guarded by mu
}

// Start creates a worker called name that inherits extra, in this order from
// descriptor FirstExtraFD on. Its life ends with ctx.
func (g *Group) Start(ctx context.Context, name string, extra ...*os.File) (*Process, error) {
	if err := Supported(); err != nil {
		return nil, err
	}
	path := g.options.Path
	if path == "" {
		var err error
		if path, err = self(); err != nil {
			return nil, fmt.Errorf("%s: finding this program: %w", name, err)
		}
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		in.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer childIn.Close()
	defer childOut.Close()
	Enlarge(in)
	Enlarge(out)
	// Writes block in the kernel, which lending pages needs. Reads must not: a
	// goroutine asleep in read(2) keeps its processor (Go's P) until the runtime
	// notices, and with as many receivers as processors nobody is left to feed.
	in.Fd()

	p := &Process{
		Name: name, in: in, out: out, Conn: wire.NewConn(out, in),
		exited: make(chan struct{}), printed: &lineLogger{log: g.options.Logger.With("worker", name)},
	}
	p.cmd = exec.Command(path, g.options.Args...)
	p.cmd.Env = append(os.Environ(), Env+"=1")
	p.cmd.Stdout, p.cmd.Stderr = p.printed, p.printed
	p.cmd.ExtraFiles = append([]*os.File{childIn, childOut}, extra...)
	p.cmd.WaitDelay = 2 * time.Second // a grandchild may hold the worker's output open
	p.Conn.Lend = lend(in)
	dieWithParent(p.cmd)

	done := make(chan error, 1)
	p.Started = time.Now()
	g.work <- func() { done <- p.cmd.Start() }
	if err := <-done; err != nil {
		in.Close()
		out.Close()
		return nil, fmt.Errorf("%s: starting a process: %w", name, err)
	}
	p.Pid = p.cmd.Process.Pid
	stop := context.AfterFunc(ctx, p.Kill)
	go func() {
		err := waitAndEndGroup(p.cmd, func() {
			p.mu.Lock()
			p.gone = true
			p.mu.Unlock()
		})
		stop()
		p.err = err
		p.printed.flush()
		close(p.exited)
	}()
	g.mu.Lock()
	g.procs = append(g.procs, p)
	g.mu.Unlock()
	return p, nil
}

// Kill ends the process, and those that it started, at once. It may be called
// from any goroutine and more than once.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		killGroup(p.cmd.Process)
	}
}

// Wait waits until the process is gone and returns how it ended: nil for a
// clean exit.
func (p *Process) Wait() error {
	<-p.exited
	return p.err
}

// Gone tells whether the process has ended.
func (p *Process) Gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Failure explains an error of the conversation with the process: what became
// of it, and the last it printed.
func (p *Process) Failure(cause error) error {
	select {
	case <-p.exited:
	case <-time.After(time.Second):
		return &DeathError{Name: p.Name, Pid: p.Pid, How: "broke off the conversation, but still runs: " + cause.Error(), Cause: cause}
	}
	how := "ended"
	if p.err != nil {
		how = "died: " + p.err.Error()
	}
	if last := p.printed.last(); last != "" {
		how += "; its last words: " + last
	}
	return &DeathError{Name: p.Name, Pid: p.Pid, How: how, Cause: cause}
}

// DeathError says that a worker was gone before its work was done.
type DeathError struct {
	Name  string
	Pid   int
	How   string
	Cause error
}

func (e *DeathError) Error() string {
	text := fmt.Sprintf("%s (pid %d) %s", e.Name, e.Pid, e.How)
	if e.How == "ended" && e.Cause != nil {
		text += " before its work was done: " + e.Cause.Error()
	}
	return text
}

func (e *DeathError) Unwrap() error { return e.Cause }

// InputClosed tells whether nobody reads what is sent to the process. Writes
// show it late, or never: a pipe takes a megabyte more.
func (p *Process) InputClosed() bool { return readerGone(p.in) }

// Close kills what still runs, waits until every process is gone, and frees the
// pipes. It can be called more than once.
func (g *Group) Close() {
	g.mu.Lock()
	procs := g.procs
	g.procs = nil
	g.mu.Unlock()
	for _, p := range procs {
		select {
		case <-p.exited:
		default:
			p.Kill()
		}
	}
	for _, p := range procs {
		<-p.exited
		p.in.Close()
		p.out.Close()
	}
	g.once.Do(func() { close(g.work) })
}

// lineLogger logs what a worker prints, a line a record.
type lineLogger struct {
	log *slog.Logger

	mu      sync.Mutex
	pending []byte
	tail    []string
	crash   string // the line that says why the program crashed
}

const (
	maxLineBytes = 8 << 10
	tailLines    = 3
)

func (l *lineLogger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.pending = append(l.pending, p...)
			p = nil
		} else {
			l.pending = append(l.pending, p[:i]...)
			p = p[i+1:]
		}
		if i >= 0 || len(l.pending) > maxLineBytes {
			l.emit()
		}
	}
	return n, nil
}

func (l *lineLogger) emit() {
	line := strings.TrimRight(string(l.pending), "\r")
	l.pending = l.pending[:0]
	if line == "" {
		return
	}
	l.log.Info("worker printed", "text", line)
	// A program that crashes says why first, and then much about where.
	if l.crash == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "SIG")) {
		l.crash = line
	}
	if l.tail = append(l.tail, line); len(l.tail) > tailLines {
		l.tail = l.tail[1:]
	}
}

func (l *lineLogger) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit()
}

func (l *lineLogger) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.crash != "" {
		return l.crash
	}
	return strings.Join(l.tail, " | ")
}

// ErrUnsupported says that this system cannot hand descriptors to workers.
var ErrUnsupported = errors.New("worker processes are not supported on this system: use --mode threads")
