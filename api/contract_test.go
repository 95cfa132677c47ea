package api_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"earmark"
	"earmark/api/apitest"
)

// contract is what every test of this package talks through.
var contract = func() *apitest.Contract {
	k, err := apitest.Load(earmark.OpenAPI)
	if err != nil {
		panic("openapi.yaml: " + err.Error())
	}
	return k
}()

// unseen statuses are documented and cannot be made to happen here, with the reason.
var unseen = map[int]string{
	500: "a bug",
	503: "the database is down",
}

// TestMain runs the package's tests and then asks whether all of the contract happened.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	part := flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.list").Value.String() != ""
	if code == 0 && !part {
		code = coverage()
	}
	os.Exit(code)
}

func coverage() int {
	missing := slices.DeleteFunc(contract.Unseen(), func(e apitest.Exchange) bool { return unseen[e.Status] != "" })
	total := slices.DeleteFunc(contract.Documented(), func(e apitest.Exchange) bool { return unseen[e.Status] != "" })
	fmt.Printf("contract: %d operations, %d of %d documented answers seen\n", len(contract.Operations()), len(total)-len(missing), len(total))
	for _, e := range missing {
		fmt.Println("documented and never seen:", e)
	}
	if len(missing) > 0 {
		return 1
	}
	return 0
}

func TestEveryRouteIsDocumentedAndEveryOperationIsServed(t *testing.T) {
	t.Parallel()
	e := given(t)
	var served []string
	for _, r := range e.app.API.Engine().Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	slices.Sort(served)
	documented := contract.Operations()
	for _, r := range served {
		if !slices.Contains(documented, r) {
			t.Errorf("%s is served and not documented", r)
		}
	}
	for _, o := range documented {
		if !slices.Contains(served, o) {
			t.Errorf("%s is documented and not served", o)
		}
	}
}

func TestOperationsHaveOneNameEach(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, x := range contract.Documented() {
		seen[x.Operation] = true
	}
	if len(seen) != len(contract.Operations()) || seen[""] {
		t.Errorf("%d operations, %d operationIds: %v", len(contract.Operations()), len(seen), seen)
	}
	for _, o := range contract.Operations() {
		if strings.HasSuffix(o, "/") {
			t.Errorf("%s ends with a slash", o)
		}
	}
}
