package report_test

import (
	"os"
	"testing"
)

func TestDemo(t *testing.T) {
	if path := os.Getenv("LABBOOK_DEMO_REPORT"); path != "" {
		os.WriteFile(path, []byte(render(demo())), 0o666)
	}
}
