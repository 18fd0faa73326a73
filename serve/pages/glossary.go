package pages

import (
	"net/http"

	"labbook/internal/show/glossary"
)

// glossaryView is what the terms of the pages mean.
type glossaryView struct {
	frame
	Terms []glossary.Term
}

func (s *site) glossary(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "glossary", &glossaryView{s.frame(r, "What the words mean", ""), glossary.All()})
}
