package serve

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
	"labbook/internal/testdata/testmodel"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){testmodel.Name: testmodel.Main})
}

// externalLab serves a model of others.
func externalLab(t *testing.T, params string) *lab {
	bin := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, testmodel.Name)))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	l := newLab(t)
	l.external = params
	l.train(100, nil)
	return l.start(nil)
}

// predicting gives the processes of models that this one has started.
func predicting(t *testing.T) (pids []int) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	if len(stats) == 0 {
		t.Skip("there is no /proc to find processes in")
	}
	for _, stat := range stats {
		data, _ := os.ReadFile(stat)
		words, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "cmdline"))
		_, rest, _ := strings.Cut(string(data), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && fields[0] != "Z" && strings.HasPrefix(string(words), testmodel.Name+"\x00predict") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// Whoever asks while the process of a model is killed is answered, by another, and
// every answer is recorded.
func TestKilledModelAnswersOn(t *testing.T) {
	l := externalLab(t, testmodel.Params)
	const clients, each = 8, 60
	asked := make(chan int, clients*each)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for range each {
				asked <- l.ask("POST", "/v1/stones/predict", small).Code
			}
		})
	}
	codes := map[int]int{}
	for n := range clients * each {
		codes[<-asked]++
		if n == each || n == 3*each || n == 5*each {
			for _, pid := range predicting(t)[:1] {
				require.NoError(t, syscall.Kill(-pid, syscall.SIGKILL))
			}
		}
	}
	group.Wait()
	assert.Equal(t, map[int]int{200: clients * each}, codes)
	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Limit: 2 * clients * each})
	require.NoError(t, err)
	assert.Len(t, recorded, clients*each, "nothing unrecorded")
	require.Eventually(t, func() bool { return len(predicting(t)) == warmed }, time.Minute, 10*time.Millisecond, "what died is replaced")
}

// A program that does not answer is an answer in words, and what it printed is for
// the record.
func TestUnansweringModelIsA503(t *testing.T) {
	l := externalLab(t, strings.Replace(testmodel.Params, "[testmodel, predict]", "[testmodel, hang], options: {rows: 2}, timeout: 500ms", 1))
	members(t, l.ask("POST", "/v1/stones/predict", small), 200)
	p := members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+small+"]"), 503)
	assert.Equal(t, "the model's program did not answer within 500 ms", p["detail"])
	recorded, err := l.requests.Request(t.Context(), p["request"].(string))
	require.NoError(t, err)
	assert.Equal(t, 503, recorded.Status)
	assert.Contains(t, recorded.Error, "waiting for a lock")
}

// A model of others is asked what each field adds, as every model is.
func TestReasonsOfOthers(t *testing.T) {
	l := externalLab(t, testmodel.Params)
	said := members(t, l.ask("POST", "/v1/stones/predict?explain=true", `{"carat":1.1,"cut":"Good","shop":"east"}`), 200)
	why := said["why"].(map[string]any)
	assert.NotContains(t, why, "approximate")
	assert.Equal(t, "carat", why["for"].([]any)[0].(map[string]any)["feature"])
	sum := why["typical"].(float64)
	for _, side := range []string{"for", "against"} {
		for _, reason := range why[side].([]any) {
			sum += reason.(map[string]any)["weight"].(float64)
		}
	}
	assert.InDelta(t, said["price"].(float64), sum, 1e-4)
}
