package app

import (
	"net/http"

	"earmark/models"
)

// nobody is who asks as long as nobody can sign in.
func nobody(*http.Request) (models.Actor, error) {
	return models.Actor{}, models.Fail(models.Unauthenticated, "sign_in_required", "Sign in or send an API token.")
}
