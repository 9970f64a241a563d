// Package pipeline owns the phases that every request passes, for all systems.
// An operation supplies only what is its own: a [Handler]. It cannot forget a
// shared step, nor do one twice.
//
//	phase                                                         file
//	1 find the operation                                          route.go
//	2 find the sandbox from the credential                        exchange.go
//	3 what is forced: Prefer, fault rules, magic identities       forced.go, fault.go, magic.go
//	4 app token, path, credential, quota                          exchange.go, quota.go
//	5 hold the input against the contract                         exchange.go
//	6 behave, then deliver the messages                           call.go, exchange.go
//	7 render the outcome, check it, apply the readings            render.go
//	8 journal and log, then send                                  record.go, observe.go, render.go, transfer.go
//
// Nothing below this package knows of HTTP; nothing above it writes a reply.
package pipeline
