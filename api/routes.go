package api

const base = "/api/v1"

// route is one operation of the contract.
type route struct {
	method, path string
	do           handler
}

// open lists the operations that need nobody to be signed in.
func (a *API) open() []route {
	return []route{
		{"GET", "/healthz", a.healthz},
		{"GET", "/readyz", a.readyz},
		{"GET", "/metrics", a.metrics},
		{"GET", "/openapi.yaml", a.contract},
		{"GET", "/docs", a.reference},
		{"GET", "/problems/:kind", a.problemPage},
	}
}

// signedIn lists the operations under /api/v1 that need somebody; each command decides
// itself what this somebody may do.
func (a *API) signedIn() []route {
	return []route{
		{"GET", "/permissions", a.permissions},
		{"GET", "/state_tables", a.stateTables},
		{"GET", "/programs", a.programs},
		{"GET", "/programs/:code", a.program},
	}
}

func (a *API) mount() {
	for _, r := range a.open() {
		a.engine.Handle(r.method, r.path, a.adapt(r.do))
	}
	for _, r := range a.signedIn() {
		a.engine.Handle(r.method, base+r.path, a.identify, a.adapt(r.do))
	}
	a.engine.NoRoute(a.adapt(noRoute))
	a.engine.NoMethod(a.adapt(noMethod))
}
