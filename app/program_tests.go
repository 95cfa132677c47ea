package app

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"earmark/programs"
	"earmark/workflow"
)

// TestPrograms runs the golden cases beside definitions and writes every difference.
// Cases of the API need a server; they are counted, and the tests run them. mutate also
// tries which changes of the definition no case notices.
func TestPrograms(w io.Writer, names []string, mutate bool) error {
	bad := 0
	for _, name := range names {
		def, err := definition(name)
		if err != nil {
			return err
		}
		src, file := programs.Embedded(), name+".yaml"
		if def.Code != name {
			src, file = os.DirFS(filepath.Dir(name)), filepath.Base(name)
		}
		files, err := programs.CaseFiles(src, file)
		if err != nil {
			return err
		}
		failed := testProgram(w, def, files)
		bad += failed
		if mutate && failed == 0 {
			if err := testMutants(w, def, file, files); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d cases failed", bad)
	}
	return nil
}

func testProgram(w io.Writer, def *programs.Definition, files []programs.CaseFile) (bad int) {
	passed, elsewhere := 0, 0
	for _, f := range files {
		for _, c := range f.Cases {
			if c.On != "evaluate" {
				elsewhere++
				continue
			}
			wrong := workflow.RunCase(def, c)
			if wrong == nil {
				passed++
				continue
			}
			bad++
			for _, says := range wrong {
				fmt.Fprintf(w, "%s: %s: %s\n", f.Name, c.Name(), says)
			}
		}
	}
	fmt.Fprintf(w, "%s: %d cases passed, %d failed, %d need a server.\n", def.Code, passed, bad, elsewhere)
	return bad
}

// testMutants writes the changes that leave every case of evaluate as it was.
func testMutants(w io.Writer, def *programs.Definition, file string, files []programs.CaseFile) error {
	set, err := programs.Load(nil)
	if err != nil {
		return err
	}
	mutants := set.Mutants(filepath.Base(file), []byte(def.Source))
	unnoticed := make([]bool, len(mutants))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(mutants); i = int(next.Add(1)) - 1 {
				unnoticed[i] = !noticed(mutants[i].Definition, files)
			}
		})
	}
	wait.Wait()
	left := 0
	for i, m := range mutants {
		if unnoticed[i] {
			left++
			fmt.Fprintf(w, "%s:%d:%d: %s: no case notices a change of %s.\n", file, m.Line, m.Column, m.Path, m.Change)
		}
	}
	fmt.Fprintf(w, "%s: cases notice %d of %d changes.\n", def.Code, len(mutants)-left, len(mutants))
	return nil
}

func noticed(def *programs.Definition, files []programs.CaseFile) bool {
	for _, f := range files {
		for _, c := range f.Cases {
			if c.On == "evaluate" && workflow.RunCase(def, c) != nil {
				return true
			}
		}
	}
	return false
}
