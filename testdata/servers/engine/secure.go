package main

import (
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

// secure has the server ask for certificates, and for a key of an API, as a folder has
// them: ca.pem, server.pem, system.pem (with -key.pem each) and api-key.
func secure(c *config.Config, folder, namespace string) ([]temporal.ServerOption, error) {
	in := func(name string) string { return filepath.Join(folder, name) }
	key, err := os.ReadFile(in("api-key"))
	if err != nil {
		return nil, err
	}
	client := config.ClientTLS{RootCAFiles: []string{in("ca.pem")}}
	c.Global.TLS.Frontend = config.GroupTLS{Client: client, Server: config.ServerTLS{
		CertFile: in("server.pem"), KeyFile: in("server-key.pem"), ClientCAFiles: []string{in("ca.pem")}, RequireClientAuth: true}}
	c.Global.TLS.SystemWorker = config.WorkerTLS{CertFile: in("system.pem"), KeyFile: in("system-key.pem"), Client: client}
	mapper := claims{"Bearer " + strings.TrimSpace(string(key)), namespace}
	return []temporal.ServerOption{temporal.WithAuthorizer(authorization.NewDefaultAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return mapper })}, nil
}

// claims lets in who has the key, to write in one namespace, and the server itself.
type claims struct{ bearer, namespace string }

func (c claims) GetClaims(info *authorization.AuthInfo) (*authorization.Claims, error) {
	given := &authorization.Claims{Namespaces: map[string]authorization.Role{}}
	if info.TLSSubject != nil && info.TLSSubject.CommonName == "system" {
		given.System = authorization.RoleAdmin
	}
	if info.AuthToken == c.bearer {
		given.Namespaces[c.namespace] = authorization.RoleWriter
	}
	return given, nil
}
