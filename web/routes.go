package web

// route is one page (GET) or one form's action (POST). Files of documents list theirs as
// pages<Document>, so that this table stays short.
type route struct {
	method, path string
	do           handler
}

// open lists what needs nobody to be signed in.
func (w *Web) open() []route {
	return join(w.pagesPublic(), []route{
		{"GET", "/sign-in", w.signInPage},
		{"POST", "/sign-in", w.signIn},
		{"GET", "/single-sign-on", w.beginSingleSignOn},
		{"GET", "/single-sign-on/callback", w.endSingleSignOn},
		{"POST", "/language", w.chooseLanguage},
		{"GET", "/help", w.help},
		{"GET", "/tour", w.tour},
	})
}

// signedIn lists what needs somebody; what this somebody may do is decided by each command.
func (w *Web) signedIn() []route {
	return join(
		[]route{
			{"POST", "/sign-out", w.signOut},
		},
		w.pagesReview(), w.pagesScoring(), w.pagesUnlocking(), w.pagesAttachments(),
		w.pagesHome(), w.pagesFlags(), w.pagesNotices(), w.pagesDueItems(), w.pagesUtilizations(), w.pagesAllocations(),
		w.pagesAgreements(),
		w.pagesApplications(),
		w.pagesRevisions(),
		w.pagesWorkbench(),
		w.pagesAccount(), w.pagesUsers(), w.pagesDelegations(), w.pagesOffice(), w.pagesAudit(),
		w.pagesLineImports(), w.pagesExpenditures(), w.pagesPeriodReports(), w.pagesExpenditureImports(), w.pagesImportExceptions(),
		w.pagesPayments(), w.pagesReconciliations(), w.pagesYearEndReports(),
	)
}

func join(parts ...[]route) []route {
	var all []route
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
