//go:build linux || darwin

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// inForeground says whether this process is in the foreground of a terminal that
// it reads or writes. Such a terminal sends an interrupt to the whole group, and
// a child that got it twice would take the second for impatience.
func inForeground() bool {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		var group int32
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
		if failed == 0 && int(group) == syscall.Getpgrp() {
			return true
		}
	}
	return false
}
