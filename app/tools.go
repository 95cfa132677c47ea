package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow"
)

// Migrate brings the database's schema to this version and returns how many files that
// took. It waits for another process that does the same.
func Migrate(ctx context.Context, cfg Config) (int, error) {
	db, err := store.Open(store.Config{URL: cfg.DatabaseURL, Now: time.Now, NewID: newID})
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	n, err := db.Migrate(ctx)
	if err != nil {
		return n, err
	}
	return n, db.CheckSchema(ctx)
}

// Evaluate writes what a program makes of a file of facts, as JSON, without a database.
// program is a code or the name of a definition file.
func Evaluate(w io.Writer, program string, facts io.Reader) error {
	// Everything is held until it is written, so collecting often finds nothing to collect.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	def, err := definition(program)
	if err != nil {
		return err
	}
	in, err := workflow.DecodeEvaluateInput(facts)
	if err != nil {
		return err
	}
	out, err := workflow.Evaluate(def, in)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err = w.Write(laidOut(text.Bytes()))
	return err
}

// laidOutTo is how deep laidOut breaks lines: what is further in stands on one line, as a
// unit of a receipt does.
const laidOutTo = 6

// laidOut breaks JSON into lines for people. It costs a tenth of json.Indent, which
// takes longer than the allocation of a whole nation.
func laidOut(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/4)
	depth, from := 0, 0
	line := func(to int) {
		out = append(append(out, text[from:to]...), '\n')
		for range depth {
			out = append(out, ' ', ' ')
		}
		from = to
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"': // past the end of the string
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth <= laidOutTo && text[i+1] != '}' && text[i+1] != ']' {
				line(i + 1)
			}
		case '}', ']':
			if depth--; depth < laidOutTo && text[i-1] != '{' && text[i-1] != '[' {
				line(i)
			}
		case ',':
			if depth <= laidOutTo {
				line(i + 1)
			}
		}
	}
	return append(out, text[from:]...)
}

func definition(name string) (*programs.Definition, error) {
	set, err := programs.Load(nil)
	if err != nil {
		return nil, err
	}
	if d, ok := set.Program(name); ok {
		return d, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no program and no file %q", name)
	}
	if err != nil {
		return nil, err
	}
	return programs.Parse(name, text)
}

// CheckPrograms writes every mistake of definition files with its place.
func CheckPrograms(w io.Writer, files []string) error {
	bad := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		d, err := programs.Parse(name, text)
		if err != nil {
			bad++
			fmt.Fprintln(w, err)
			continue
		}
		fmt.Fprintf(w, "%s: %s, version %s, can be opened.\n", name, d.Code, d.Version)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files have mistakes", bad, len(files))
	}
	return nil
}

// Explain writes a failure as sentences, with every input that breaks a rule and the fix.
func Explain(w io.Writer, err error) {
	var e *models.Error
	if !errors.As(err, &e) {
		fmt.Fprintln(w, "earmark: "+err.Error())
		return
	}
	fmt.Fprintf(w, "earmark: %s (%s)\n", e.Detail, e.Code)
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s: %s %s\n", f.Pointer, f.Detail, f.Fix)
	}
}
