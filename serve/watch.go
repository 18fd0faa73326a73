package serve

import "github.com/danielgtaylor/huma/v2"

func (s *Server) routeWatch(api huma.API, made *Service, base string, tags []string) {}
