2mode: set
acme.io/a.go:3.10,5.2 2 1
