// Package store keeps what a mock must remember: bytes under keys, with one
// atomic change per key.
//
//	Driver         the interface; its meaning is the suite in store/storetest
//	Memory         the driver that forgets at exit
//	Collection[T]  typed values on top of any driver, as JSON
//
// Keys are flat strings; "/" separates only by convention, and a collection
// lives under one prefix that ends with it. Values are the caller's own on both
// sides: a driver neither keeps what it was handed nor hands out what it keeps.
//
// There is no transaction over several keys. Whoever needs one builds it from
// create-if-absent claims and an order of steps in which every halfway state is
// harmless (see mockserver/account). There is no expiry either: time belongs to
// the sandbox clock.
package store
