package replay

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
