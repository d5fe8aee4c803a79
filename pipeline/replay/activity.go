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

// advanceThread is what a lane does that reads and computes by itself.
func (s *simulation) advanceThread(a *activity) {
	for {
		switch a.next {
		case atStart:
			a.next = atNext
			if s.perform(a, Cost{}, at(s.w.Start, a.lane)) {
				return
			}
		case atNext:
			s.enter(a, working)
			switch s.takeChunk(a) {
			case opens, waits:
				return
			case none:
				s.endChunks()
				a.next = atMerged
				if s.perform(a, Cost{}, at(s.w.Merge, a.lane)) {
					return
				}
			}
		case atRead:
			s.enter(a, working)
			a.next = atComputed
			if c := s.chunks[a.held]; s.perform(a, c.Read.plus(c.Decode).plus(c.Compute), Cost{}) {
				return
			}
		case atComputed:
			s.free(s.chunks[a.held])
			a.next = atReturned
			if s.perform(a, Cost{}, s.chunks[a.held].Return) {
				return
			}
		case atReturned:
			if s.delivery(a.held).sum() == 0 {
				a.next = atNext
			} else if !s.lock(a) {
				return
			}
		case atMerged:
			a.held = len(s.chunks) + a.lane
			if s.delivery(a.held).sum() == 0 {
				s.enter(a, ended)
				return
			}
			if !s.lock(a) {
				return
			}
		case atLocked:
			s.enter(a, working)
			a.next = atUnlock
			if s.perform(a, Cost{}, s.delivery(a.held)) {
				return
			}
		case atUnlock:
			s.unlock()
			if a.held < len(s.chunks) {
				a.next = atNext
				continue
			}
			s.enter(a, ended)
			return
		}
	}
}

// advanceReader reads and decodes, and hands chunks to feeders.
func (s *simulation) advanceReader(a *activity) {
	for {
		switch a.next {
		case atStart:
			a.next = atNext
		case atNext:
			s.enter(a, working)
			switch s.takeChunk(a) {
			case opens, waits:
				return
			case none:
				s.enter(a, ended)
				s.readersLeft--
				if s.readersLeft == 0 {
					s.wakeAll(&s.forChunk)
				}
				return
			}
		case atRead:
			s.enter(a, working)
			a.next = atSend
			if c := s.chunks[a.held]; s.perform(a, c.Read.plus(c.Decode), Cost{}) {
				return
			}
		case atSend:
			a.next = atNext
			if f, ok := s.forChunk.pop(s.nextOf); ok {
				s.activities[f].held = a.held
				s.wake(&s.activities[f])
			} else if s.queued < s.w.Queue {
				s.queue.push(s.nextParcel, a.held)
				s.queued++
			} else {
				s.wait(a, waitOutput, &s.forQueue, atNext)
				return
			}
		}
	}
}

// advanceFeeder brings chunks to one worker.
func (s *simulation) advanceFeeder(a *activity) {
	to := s.worker(a.lane)
	for {
		switch a.next {
		case atStart:
			a.next = atNext
		case atNext:
			if to.has >= s.w.Ahead {
				s.enter(a, waitOutput) // the worker wakes it
				return
			}
			a.held = -1
			a.next = atSend
			if !s.receive(a) {
				if s.readersLeft > 0 {
					s.wait(a, waitInput, &s.forChunk, atSend)
					return
				}
			}
		case atSend:
			if a.held < 0 { // woken because nothing comes any more
				s.enter(a, ended)
				to.served = true
				s.wakeIf(to, waitInput)
				return
			}
			s.enter(a, working)
			to.has++
			a.next = atDeliver
			if c := s.chunks[a.held]; s.perform(a, Cost{}, c.Encode.plus(c.Copy)) {
				return
			}
		case atDeliver:
			to.inbox.push(s.nextParcel, a.held)
			s.wakeIf(to, waitInput)
			a.next = atNext
		}
	}
}

// receive takes a chunk out of the queue, or from a reader that has no place in
// it.
func (s *simulation) receive(a *activity) bool {
	blocked, waiting := s.forQueue.pop(s.nextOf)
	if waiting {
		r := &s.activities[blocked]
		s.queue.push(s.nextParcel, r.held)
		s.queued++
		s.wake(r)
	}
	parcel, ok := s.queue.pop(s.nextParcel)
	if ok {
		s.queued--
		a.held = parcel
	}
	return ok
}

// advanceWorker computes what its feeder brings.
func (s *simulation) advanceWorker(a *activity) {
	for {
		switch a.next {
		case atStart:
			a.next = atNext
			if s.perform(a, Cost{}, at(s.w.Start, a.lane)) {
				return
			}
		case atNext:
			parcel, ok := a.inbox.pop(s.nextParcel)
			if !ok && !a.served {
				s.enter(a, waitInput)
				return
			}
			s.enter(a, working)
			if !ok {
				s.endChunks()
				a.next = atMerged
				if s.perform(a, Cost{}, at(s.w.Merge, a.lane)) {
					return
				}
				continue
			}
			a.held, a.next = parcel, atComputed
			if c := s.chunks[parcel]; s.perform(a, c.Compute, c.Take) {
				return
			}
		case atComputed:
			s.free(s.chunks[a.held])
			a.next = atReturned
			if s.perform(a, Cost{}, s.chunks[a.held].Return) {
				return
			}
		case atReturned:
			a.has--
			s.wakeIf(s.feeder(a.lane), waitOutput)
			s.deliver(a.held)
			a.next = atNext
		case atMerged:
			s.deliver(len(s.chunks) + a.lane)
			s.enter(a, ended)
			return
		}
	}
}

// advanceReceiver puts rows and partials into the result, in order of arrival:
// all receivers are one activity because they share a lock.
func (s *simulation) advanceReceiver(a *activity) {
	for {
		parcel, ok := s.received.pop(s.nextParcel)
		if !ok {
			s.enter(a, waitInput)
			return
		}
		s.enter(a, working)
		if s.perform(a, Cost{}, s.delivery(parcel)) {
			return
		}
	}
}

// deliver gives a parcel to the receiver.
func (s *simulation) deliver(parcel int) {
	if s.delivery(parcel).sum() == 0 {
		return
	}
	s.received.push(s.nextParcel, parcel)
	if r := s.receiver(); r.state != working {
		s.enter(r, working)
		s.wake(r)
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
