package timing

import "golang.org/x/sys/unix"

// Pin keeps the calling thread, to which its goroutine is bound, on the n-th of
// the processors that the thread may use, counted round and round. undo gives it
// back the others.
func Pin(n int) (undo func(), err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return func() {}, err
	}
	count := allowed.Count()
	if count == 0 {
		return func() {}, unix.EINVAL
	}
	n %= count
	for cpu := 0; ; cpu++ {
		if !allowed.IsSet(cpu) {
			continue
		}
		if n > 0 {
			n--
			continue
		}
		var one unix.CPUSet
		one.Set(cpu)
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			return func() {}, err
		}
		return func() { _ = unix.SchedSetaffinity(0, &allowed) }, nil
	}
}
