package main

import (
	"slices"
	"strings"

	"stagedoor/mockserver/sandbox"
)

// values are what variables are made of.
type values struct {
	api, control, token string
	bases               [][2]string // the mounted systems and where their paths begin
	box                 *sandbox.Sandbox
}

// base is where the paths of a system begin, "" when it is not mounted.
func (v values) base(system string) string {
	i := slices.IndexFunc(v.bases, func(b [2]string) bool { return b[0] == system })
	if i < 0 {
		return ""
	}
	return v.api + v.bases[i][1]
}

// exported is an environment variable that exec sets.
type exported struct {
	name, meaning string
	value         func(values) string // "" leaves it out
}

// variables are those that exec sets, in the order of its help. Some are those of
// flags, so that the verbs of COMMAND find the sandbox; no other flag has one.
func variables() []exported {
	all := []exported{
		{"STAGEDOOR_URL", "the mocked APIs", func(v values) string { return v.api }},
		{variable("control"), "the control API", func(v values) string { return v.control }},
		{variable("control-token"), "its token, where there is one", func(v values) string { return v.token }},
		{variable("sandbox"), "the id of the sandbox", func(v values) string { return v.box.ID }},
	}
	of := func(system string, credentials ...exported) {
		prefix := "STAGEDOOR_" + strings.ToUpper(system) + "_"
		all = append(all, exported{prefix + "URL", "where the paths of " + system + " begin", func(v values) string { return v.base(system) }})
		for _, c := range credentials {
			if !strings.HasPrefix(c.name, "STAGEDOOR_") {
				c.name = prefix + c.name
			}
			value := c.value
			c.value = func(v values) string {
				if v.base(system) == "" {
					return ""
				}
				return value(v)
			}
			all = append(all, c)
		}
	}
	of("subscriber",
		exported{"STAGEDOOR_APP_TOKEN", "its app token", func(v values) string { return v.box.Credentials.Subscriber.AppToken }},
		exported{"STAGEDOOR_EXPIRED_APP_TOKEN", "an expired one", func(v values) string { return v.box.Credentials.Subscriber.ExpiredAppToken }},
		exported{"STAGEDOOR_AUTH_TOKEN", "an authToken", func(v values) string { return v.box.Credentials.Subscriber.AuthToken }},
		exported{"STAGEDOOR_EXPIRED_AUTH_TOKEN", "an expired one", func(v values) string { return v.box.Credentials.Subscriber.ExpiredAuthToken }},
	)
	of("digipay",
		exported{"COMPANY_ID", "its CompanyID", func(v values) string { return v.box.Credentials.Digipay.CompanyID }},
		exported{"TOKEN", "its Authorization token", func(v values) string { return v.box.Credentials.Digipay.Token }},
	)
	of("watch",
		exported{"API_KEY", "its API key", func(v values) string { return v.box.Credentials.Watch.APIKey }},
		exported{"REVOKED_API_KEY", "a revoked one", func(v values) string { return v.box.Credentials.Watch.RevokedAPIKey }},
		exported{"EXPIRED_API_KEY", "an expired one", func(v values) string { return v.box.Credentials.Watch.ExpiredAPIKey }},
	)
	of("verifynow",
		exported{"CUSTOMER_ID", "its customerId", func(v values) string { return v.box.Credentials.VerifyNow.CustomerID }},
		exported{"KEY", "its key, as it is sent", func(v values) string { return v.box.Credentials.VerifyNow.Key }},
	)
	return all
}

// variablesText lists them for the help.
func variablesText() string {
	var rows [][]string
	for _, v := range variables() {
		rows = append(rows, []string{v.name, v.meaning})
	}
	var text strings.Builder
	table(&text, "  ", rows)
	return text.String()
}
