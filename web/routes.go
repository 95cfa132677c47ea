package web

// route is one page (GET) or one form's action (POST). Files of documents list theirs as
// pages<Document>, so that this table stays short.
type route struct {
	method, path string
	do           handler
}

// open lists what needs nobody to be signed in.
func (w *Web) open() []route {
	return []route{
		{"GET", "/sign-in", w.signInPage},
		{"POST", "/sign-in", w.signIn},
		{"GET", "/single-sign-on", w.beginSingleSignOn},
		{"GET", "/single-sign-on/callback", w.endSingleSignOn},
		{"POST", "/language", w.chooseLanguage},
	}
}

// signedIn lists what needs somebody; what this somebody may do is decided by each command.
func (w *Web) signedIn() []route {
	return join(
		[]route{
			{"POST", "/sign-out", w.signOut},
		},
		w.pagesHome(), w.pagesFlags(), w.pagesNotices(), w.pagesDueItems(),
		w.pagesAgreements(),
		w.pagesApplications(),
		w.pagesRevisions(),
		w.pagesWorkbench(),
	)
}

func join(parts ...[]route) []route {
	var all []route
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
