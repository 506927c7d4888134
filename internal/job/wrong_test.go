package job

import "testing"

func TestEveryFieldHasExamplesThatAreTaken(t *testing.T) {
	t.Parallel()
	for _, name := range specFields {
		if len(examples[name]) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, value := range examples[name] {
			if _, err := ParseSpec([]byte(`{"` + name + `": ` + value + `}`)); err != nil {
				t.Errorf("%s: %s is refused: %v", name, value, err)
			}
		}
	}
}
