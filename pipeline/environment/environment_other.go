//go:build unix && !linux && !darwin

package environment

func (e *Environment) readSystem() { e.Kernel = kernel() }
