package programs

import "testing"

func TestSectionIsTheTextOfOneKey(t *testing.T) {
	t.Parallel()
	d := Definition{Source: "code: x\n\n# about a\n# more\na:\n  b: 1 # c\n\n  # inner\n  d: 2\n\n# about e\ne: 3\n"}
	for key, want := range map[string]string{
		"a": "# about a\n# more\na:\n  b: 1 # c\n\n  # inner\n  d: 2\n",
		"e": "# about e\ne: 3\n", "code": "code: x\n", "b": "", "none": "",
	} {
		if got := d.Section(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
