package replay

// activity is one thing that happens beside others: a goroutine or a process.
type activity struct {
	id    int
	kind  kind
	lane  int // of a thread, worker or feeder
	next  place
	state state
	since float64         // when it came to be in state
	spent [states]float64 // ns, in earlier states

	onCore           float64 // ns that it needs a core for, after what it is blocked for
	useful, overhead float64 // ns of work

	chunk, end int // that a reader or thread reads next, and the end of its split
	held       int // parcel in its hands

	inbox  fifo // of a worker: chunks that its feeder has brought
	has    int  // chunks that it has, or that its feeder is bringing
	served bool // its feeder brings no more
}

type kind uint8

const (
	thread kind = iota
	worker
	reader
	feeder
	receiver
	coordinator
	kinds
)

// role is the kind in an outcome; receiver and coordinator have none.
func (k kind) role() string {
	return [kinds]string{thread: "lane", worker: "lane", reader: "reader", feeder: "feeder"}[k]
}

type state uint8

const (
	starting state = iota
	working
	waitInput
	waitMemory
	waitOutput
	waitLock
	ended
	states
)

// place is where in its program an activity goes on when it is woken.
type place uint8

const (
	atStart place = iota
	atNext
	atRead
	atSend
	atDeliver
	atComputed
	atReturned
	atLocked
	atUnlock
	atMerged
	atEnd
)

// addActivities makes the lanes first, then readers and feeders, the receiver
// and last the coordinator.
func (s *simulation) addActivities() {
	add := func(k kind, n int) {
		for i := range n {
			s.activities = append(s.activities, activity{id: len(s.activities), kind: k, lane: i})
			s.count[k][starting]++
		}
	}
	if !s.w.Handover {
		s.activities = make([]activity, 0, s.w.Lanes+1)
		add(thread, s.w.Lanes)
	} else {
		s.activities = make([]activity, 0, 2*s.w.Lanes+s.w.Readers+2)
		add(worker, s.w.Lanes)
		add(reader, s.w.Readers)
		add(feeder, s.w.Lanes)
		add(receiver, 1)
		s.readersLeft = s.w.Readers
	}
	add(coordinator, 1)
}

func (s *simulation) worker(lane int) *activity { return &s.activities[lane] }
func (s *simulation) feeder(lane int) *activity { return &s.activities[s.w.Lanes+s.w.Readers+lane] }
func (s *simulation) receiver() *activity       { return &s.activities[2*s.w.Lanes+s.w.Readers] }
func (s *simulation) coordinator() *activity    { return &s.activities[len(s.activities)-1] }

// begin sets off what happens from the start: the plan, and worker processes.
func (s *simulation) begin() {
	s.wake(s.coordinator())
	for i := range s.activities {
		if s.activities[i].kind == worker {
			s.wake(&s.activities[i])
		}
	}
}

func (s *simulation) wake(a *activity) { s.ready.push(s.nextOf, a.id) }

// enter puts a into another state from now on.
func (s *simulation) enter(a *activity, to state) {
	if a.state == to {
		return
	}
	a.spent[a.state] += s.now - a.since
	s.count[a.kind][a.state]--
	s.count[a.kind][to]++
	a.state, a.since = to, s.now
}

// wait makes a stand in a line until it is woken, and go on at next.
func (s *simulation) wait(a *activity, in state, line *fifo, next place) {
	a.next = next
	s.enter(a, in)
	line.push(s.nextOf, a.id)
}

// advance lets a go on until it has work to do or has to wait.
func (s *simulation) advance(a *activity) {
	switch a.kind {
	case thread:
		s.advanceThread(a)
	case worker:
		s.advanceWorker(a)
	case reader:
		s.advanceReader(a)
	case feeder:
		s.advanceFeeder(a)
	case receiver:
		s.advanceReceiver(a)
	case coordinator:
		s.advanceCoordinator(a)
	}
}

// advanceCoordinator plans, and finishes when it is woken again.
func (s *simulation) advanceCoordinator(a *activity) {
	switch a.next {
	case atStart:
		s.enter(a, working)
		a.next = atNext
		if s.perform(a, Cost{}, s.w.Plan) {
			return
		}
		fallthrough
	case atNext: // planned
		s.serial = false
		s.enter(a, ended)
		a.next = atEnd
		for i := range s.activities {
			if k := s.activities[i].kind; k == thread || k == reader || k == feeder {
				s.wake(&s.activities[i])
			}
		}
	case atEnd:
		a.next = atMerged
		s.perform(a, Cost{}, s.w.Finish)
	}
}

// delivery is what it costs to put a parcel into the result.
func (s *simulation) delivery(parcel int) Cost {
	if parcel < len(s.chunks) {
		return s.chunks[parcel].Emit
	}
	return at(s.w.Combine, parcel-len(s.chunks))
}

// endChunks notes that a lane has no more chunk work.
func (s *simulation) endChunks() {
	s.lanesLeft--
	s.lastChunkEnd = s.now
}
