package main

import (
	"os"

	"earmark/app"
)

type receipt struct {
	Verify receiptVerify `cmd:"" help:"Work out receipts again from nothing but their own JSON."`
}

type receiptVerify struct {
	File string `arg:"" help:"A receipt, an allocation of the API or the output of evaluate (JSON); - reads standard input."`
}

// Run prints what does not follow and fails when anything does not.
func (r *receiptVerify) Run() error {
	in := os.Stdin
	if r.File != "-" {
		var err error
		if in, err = os.Open(r.File); err != nil {
			return err
		}
		defer func() { _ = in.Close() }()
	}
	return app.VerifyReceipts(os.Stdout, in)
}
