package cli

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/app/project"
)

// pageOf gives a page of the documentation.
func pageOf(t *testing.T, name string) string {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
	require.NoError(t, err)
	return string(data)
}

// blocks gives the blocks of a language, by the heading that they stand below.
func blocks(page, language string) map[string][]string {
	found := map[string][]string{}
	for _, section := range strings.Split(page, "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
			found[heading] = append(found[heading], m[1])
		}
	}
	return found
}

// Whatever the pages say to start workers with, they can be started with.
func TestWorkersAreStartedAsThePagesSay(t *testing.T) {
	starts := func(words []string) {
		cmd := (&app{}).workerCommand()
		require.NoError(t, cmd.ParseFlags(words), "%q", words)
		assert.Empty(t, cmd.Flags().Args(), "%q", words)
		assert.NotEmpty(t, cmd.Flag("on").Value.String(), "%q", words)
	}
	page := pageOf(t, "workers.md")
	commands := regexp.MustCompile("\\bworker (--on [^'`#|&>\n]*)")
	var count int
	for _, text := range []string{page, pageOf(t, "farm.md")} {
		for _, m := range commands.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(strings.NewReplacer("$SLURM_CPUS_PER_TASK", "2", "…", "").Replace(strings.TrimSuffix(m[1], " 2"))) // of 2>
			starts(words)
			count++
		}
	}
	assert.Greater(t, count, 6)

	var image []string // a container's
	_, args, found := strings.Cut(blocks(page, "dockerfile")["A container"][0], "CMD ")
	require.True(t, found)
	require.NoError(t, yaml.Unmarshal([]byte(args), &image))
	require.Equal(t, "worker", image[0])
	starts(image[1:])

	k := kubernetes(t, page)
	started := k.Deployment.Spec.Template.Spec.Containers[0].Args
	require.Equal(t, "worker", started[0])
	starts(started[1:])
}

// cluster is what the page has for Kubernetes, as far as its parts have to agree. That
// the fields are those of Kubernetes testdata/servers sees.
type cluster struct {
	ConfigMap struct {
		Metadata struct{ Name string }
		Data     map[string]string
	}
	ServiceAccount struct{ Metadata struct{ Name string } }
	Deployment     struct {
		Metadata struct{ Name string }
		Spec     struct {
			Selector struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			}
			Template struct {
				Metadata struct{ Labels map[string]string }
				Spec     struct {
					ServiceAccountName string `yaml:"serviceAccountName"`
					Grace              int    `yaml:"terminationGracePeriodSeconds"`
					Containers         []struct {
						Args      []string
						Dir       string `yaml:"workingDir"`
						Resources struct{ Requests map[string]string }
						Mounts    []struct {
							Name string
							Path string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct {
						Name      string
						ConfigMap struct{ Name string } `yaml:"configMap"`
					}
				}
			}
		}
	}
	ScaledObject struct {
		Spec struct {
			Target   struct{ Name string } `yaml:"scaleTargetRef"`
			Triggers []struct {
				Type     string
				Metadata map[string]string
			}
		}
	}
}

// kubernetes reads it.
func kubernetes(t *testing.T, page string) (c cluster) {
	parts := map[string]any{"ConfigMap": &c.ConfigMap, "ServiceAccount": &c.ServiceAccount, "Deployment": &c.Deployment, "ScaledObject": &c.ScaledObject}
	for _, text := range strings.Split(blocks(page, "yaml")["Kubernetes"][0], "\n---\n") {
		var of struct{ Kind string }
		require.NoError(t, yaml.Unmarshal([]byte(text), &of))
		require.Contains(t, parts, of.Kind)
		require.NoError(t, yaml.Unmarshal([]byte(text), parts[of.Kind]))
	}
	return c
}

// All YAML of the page reads, once for each key; its farms can be opened; what names
// something names what is there.
func TestStartersAgree(t *testing.T) {
	page := pageOf(t, "workers.md")
	for heading, all := range blocks(page, "yaml") {
		for _, text := range all {
			d := yaml.NewDecoder(bytes.NewReader([]byte(text)))
			for {
				var any map[string]any
				err := d.Decode(&any)
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err, heading)
				require.NotEmpty(t, any, heading)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:FROM| +(?:image|IMAGE):) *(\S+)`).FindAllStringSubmatch(page, -1) {
		assert.Regexp(t, `:v?\d[\w.-]*$`, m[1], "an image without a version")
	}
	opens := func(text string, names ...string) *url.URL {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "farm.yaml"), []byte(text), 0o666))
		var farms map[string]struct{ Engine string }
		require.NoError(t, yaml.Unmarshal([]byte(text), &farms))
		require.Len(t, farms, len(names))
		for _, name := range names {
			f, err := project.OpenFarm(dir, name, "test", func(string) {})
			require.NoError(t, err)
			f.Engine.Close()
		}
		at, err := url.Parse(farms[names[0]].Engine)
		require.NoError(t, err)
		return at
	}
	compose := blocks(page, "yaml")["Compose"]
	require.Len(t, compose, 2)
	opens(compose[1], "lab", "inside")
	var services struct {
		Services map[string]struct {
			Ports, Volumes []string
			Depends        []string `yaml:"depends_on"`
			Grace          string   `yaml:"stop_grace_period"`
		}
		Volumes map[string]any
	}
	require.NoError(t, yaml.Unmarshal([]byte(compose[0]), &services))
	for name, s := range services.Services {
		for _, other := range s.Depends {
			assert.Contains(t, services.Services, other)
		}
		for _, v := range s.Volumes {
			if v, _, _ = strings.Cut(v, ":"); !strings.HasPrefix(v, ".") {
				assert.Contains(t, services.Volumes, v)
			}
		}
		for _, p := range s.Ports {
			host, _, err := net.SplitHostPort(p[:strings.LastIndex(p, ":")])
			assert.NoError(t, err)
			assert.Equal(t, "127.0.0.1", host, "%s is open to others", name)
		}
	}
	const handsBack = 5 * time.Second // what a worker takes to, at most
	grace, err := time.ParseDuration(services.Services["worker"].Grace)
	require.NoError(t, err)
	assert.Greater(t, grace, handsBack)

	k := kubernetes(t, page)
	at := opens(k.ConfigMap.Data["farm.yaml"], "lab")
	pod := k.Deployment.Spec.Template.Spec
	worker := pod.Containers[0]
	assert.Equal(t, k.Deployment.Spec.Selector.MatchLabels, k.Deployment.Spec.Template.Metadata.Labels)
	assert.Equal(t, k.ServiceAccount.Metadata.Name, pod.ServiceAccountName)
	assert.Greater(t, time.Duration(pod.Grace)*time.Second, handsBack)
	assert.Equal(t, k.ConfigMap.Metadata.Name, pod.Volumes[0].ConfigMap.Name)
	for i, m := range worker.Mounts {
		assert.Equal(t, pod.Volumes[i].Name, m.Name)
	}
	assert.Equal(t, worker.Dir, worker.Mounts[0].Path, "farm.yaml is where the worker looks")
	cmd := (&app{}).workerCommand()
	require.NoError(t, cmd.ParseFlags(worker.Args[1:]))
	cores := cmd.Flag("cores").Value.String()
	assert.Equal(t, cores, worker.Resources.Requests["cpu"])
	assert.Equal(t, worker.Mounts[1].Path, cmd.Flag("cache").Value.String())
	assert.Equal(t, k.Deployment.Metadata.Name, k.ScaledObject.Spec.Target.Name)
	queue := regexp.MustCompile(`^labbook-[0-9a-f]{12}(-wide)?$`)
	for i, trigger := range k.ScaledObject.Spec.Triggers {
		m := trigger.Metadata
		assert.Equal(t, "temporal", trigger.Type)
		assert.Equal(t, at.Host, m["endpoint"])
		assert.Equal(t, strings.Trim(at.Path, "/"), m["namespace"])
		assert.Equal(t, "activity", m["queueTypes"])
		assert.Regexp(t, queue, m["taskQueue"])
		assert.Equal(t, []string{cores, "1"}[i], m["targetQueueSize"])
	}
}
