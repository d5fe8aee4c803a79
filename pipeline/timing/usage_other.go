//go:build !linux

package timing

// Elsewhere the system does not count for a single thread, and a lane's Usage
// stays empty.

func readThread() (reading, bool) { return reading{}, false }

func (m *meter) bind() {}

func (m *meter) unbind() {}
