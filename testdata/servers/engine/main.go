// Command engine is a Temporal server of one process over a SQLite file: what the
// tests of the farm kill and start again, which a server inside of them could not be.
//
//	engine FILE HOST:PORT NAMESPACE [FOLDER]
//
// With a folder it wants certificates and a key: see secure.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	schema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"

	"labbook/testdata/servers/port"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: engine FILE HOST:PORT NAMESPACE [FOLDER]")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]...); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

// serve serves until the process is interrupted.
func serve(file, address, namespace string, folder ...string) error {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	store := config.SQL{PluginName: sqlite.PluginName, DatabaseName: file, ConnectAttributes: map[string]string{
		"mode": "rwc", "_journal_mode": "wal", "_synchronous": "1"}}
	if _, err := os.Stat(file); os.IsNotExist(err) {
		if err := schema.SetupSchema(&store); err != nil {
			return fmt.Errorf("the schema: %w", err)
		}
	} else if err != nil {
		return err.(*fs.PathError)
	}
	const here = "active"
	space, err := schema.NewNamespaceConfig(here, namespace, false, nil)
	if err == nil {
		err = schema.CreateNamespaces(&store, space)
	}
	if err != nil {
		return fmt.Errorf("the namespace: %w", err)
	}
	c := &config.Config{
		Persistence: config.Persistence{DefaultStore: "sqlite", VisibilityStore: "sqlite", NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{"sqlite": {SQL: &store}}},
		ClusterMetadata: &cluster.Config{FailoverVersionIncrement: 10, MasterClusterName: here, CurrentClusterName: here,
			ClusterInformation: map[string]cluster.ClusterInformation{here: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address}}},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: address},
		Services:            map[string]config.Service{},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host}
	c.Archival.History.State, c.Archival.Visibility.State = "disabled", "disabled"
	c.NamespaceDefaults.Archival.History.State, c.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	for _, name := range temporal.DefaultServices {
		rpc := config.RPC{GRPCPort: port, BindOnIP: host}
		if name != string(primitives.FrontendService) {
			rpc.GRPCPort = kept(file, host, name)
		}
		rpc.MembershipPort = kept(file, host, name+" membership")
		c.Services[name] = config.Service{RPC: rpc}
	}
	var options []temporal.ServerOption
	if len(folder) > 0 {
		if options, err = secure(c, folder[0], namespace); err != nil {
			return err
		}
	}
	server, err := temporal.NewServer(append(options,
		temporal.WithConfig(c), temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(log.NewZapLogger(log.BuildZapLogger(log.Config{Stdout: false, Level: "warn"}))),
		// One part a queue, where a worker always polls the one that has something: a farm of
		// less than some hundred workers is quicker so.
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
			dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		}),
		temporal.InterruptOn(temporal.InterruptCh()),
	)...)
	if err != nil {
		return err
	}
	return server.Start()
}

// kept gives a port that nobody had when it was first asked for, and the same ever
// after: a server that comes back elsewhere waits for those that it knew before.
func kept(file, host, name string) int {
	ports := map[string]int{}
	file += ".ports"
	if data, err := os.ReadFile(file); err == nil {
		json.Unmarshal(data, &ports)
	}
	if ports[name] == 0 {
		ports[name] = port.Free(host)
		data, _ := json.Marshal(ports)
		if err := os.WriteFile(file, data, 0o666); err != nil {
			panic(err)
		}
	}
	return ports[name]
}
