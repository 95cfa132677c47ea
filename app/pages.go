package app

import (
	"fmt"
	"reflect"
	"slices"

	"earmark/demo"
	"earmark/web"
)

// webJobs are the jobs as the pages see them.
func (a *App) webJobs() web.Jobs {
	in := a.jobs()
	out := web.Jobs{Run: in.Run}
	for _, j := range in.Table {
		out.Table = append(out.Table, web.Job{Name: j.Name, Schedule: j.Schedule, Means: j.Means})
	}
	return out
}

// settings are those in force, for the page that shows them. Of a secret it says only
// whether it is set.
func (c *Config) settings() []web.Setting {
	var out []web.Setting
	v := reflect.ValueOf(*c)
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("env")
		if name == "" {
			continue
		}
		value := fmt.Sprint(v.Field(i).Interface())
		switch {
		case value == "":
			value = "not set"
		case slices.Contains(SecretNames(), name):
			value = "set"
		}
		out = append(out, web.Setting{Name: name, Value: value, Means: tag.Get("help")})
	}
	return out
}

// demoAccounts are offered on the page to sign in to the demonstration, and nowhere else.
func demoAccounts(shown bool) []web.DemoAccount {
	var out []web.DemoAccount
	if shown {
		for _, a := range demo.Accounts() {
			out = append(out, web.DemoAccount{Role: a.Role.Title(), Name: a.Name, Email: a.Email, Password: demo.Password, Note: a.Note})
		}
	}
	return out
}
