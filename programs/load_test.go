package programs

import "testing"

func TestTheDefinitionsThatComeWithEarmarkLoad(t *testing.T) {
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.Program("mi-21h")
	if !ok || d.ChartOfAccounts() == nil {
		t.Fatal("mi-21h or its chart is missing")
	}
}
