package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/sandbox"
	"stagedoor/spec"
)

// step is a line of shell and what comes of it.
type step struct {
	title   string
	outcome string // the outcome that the line's call gets, "" for a call of the control API
	line    string
}

// steps are calls to begin with. They are made of the contract's own request
// examples and of the accounts that are there.
func (b *banner) steps() []step {
	i := slices.IndexFunc(b.systems, func(s *spec.System) bool { return s.Name == "subscriber" })
	if i < 0 {
		return nil
	}
	s := b.systems[i]
	login, verify := s.Operation("login"), s.Operation("verifyLoginOtp")
	var steps []step
	if a, ok := b.account(func(a account.Account) bool { return a.Email != "" && a.Password != "" }); ok {
		body := b.body(login, "email", map[string]any{"email": a.Email, "password": a.Password})
		steps = append(steps, step{"Log in by e-mail", "loggedIn", "curl -i" + b.call(login, body)})
	} else if body := b.body(s.Operation("signup"), "email", nil); !b.taken(body["email"]) {
		steps = append(steps, step{"Sign up by e-mail", "signedUp", "curl -i" + b.call(s.Operation("signup"), body)})
	}
	a, ok := b.account(func(a account.Account) bool { return a.Phone != "" })
	if !ok {
		return steps
	}
	asked := b.body(login, "phone", map[string]any{"countryCode": a.CountryCode, "phone": a.Phone})
	answer := b.body(verify, "code", map[string]any{"otpVerificationToken": shellVariable("token"), "otp": shellVariable("code")})
	return append(steps,
		step{"Log in by phone, and keep the token", "otpSent", fmt.Sprintf(
			`token=$(curl%s | sed 's/.*"otpVerificationToken":"\([^"]*\)".*/\1/')`, b.call(login, asked))},
		step{"Read the code", "", fmt.Sprintf(
			`code=$(curl%s '%s/sandboxes/%s/code?to=%s'); echo $code`, b.controlOptions(), b.control, sandbox.DefaultID, a.SMSAddress())},
		step{"Verify it", "verified", "curl -i" + b.call(verify, answer)},
	)
}

// account is the first that is in order and fits.
func (b *banner) account(fits func(account.Account) bool) (account.Account, bool) {
	i := slices.IndexFunc(b.accounts, func(a account.Account) bool { return ordinary(a) && fits(a) })
	if i < 0 {
		return account.Account{}, false
	}
	return b.accounts[i], true
}

func (b *banner) taken(email any) bool {
	return slices.ContainsFunc(b.accounts, func(a account.Account) bool { return strings.EqualFold(a.Email, fmt.Sprint(email)) })
}

// body is a request example of an operation with other values in it, cut down
// to what the sandbox's readings require.
func (b *banner) body(o *spec.Operation, example string, values map[string]any) map[string]any {
	media := published(o).RequestBody.Value.Content["application/json"]
	sample, _ := media.Examples[example].Value.Value.(map[string]any)
	// The contract as the readings have it requires other fields, and has no examples.
	schema := published(b.sandbox.Readings.Operation(o)).RequestBody.Value.Content["application/json"].Schema
	body, _ := needed(schema.Value, sample).(map[string]any)
	maps.Copy(body, values)
	return body
}

// needed leaves of a value what its schema requires.
func needed(schema *openapi3.Schema, value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	if d := schema.Discriminator; d != nil {
		chosen := d.Mapping[fmt.Sprint(object[d.PropertyName])]
		for _, branch := range schema.OneOf {
			if branch.Ref == chosen.Ref {
				return needed(branch.Value, value)
			}
		}
	}
	required := slices.Clone(schema.Required)
	for _, branch := range schema.AnyOf {
		required = append(required, branch.Value.Required...)
	}
	kept := map[string]any{}
	for name, inner := range object {
		if property := schema.Properties[name]; property != nil && slices.Contains(required, name) {
			kept[name] = needed(property.Value, inner)
		}
	}
	return kept
}

// call is what follows "curl" in a call of an operation of the subscriber system.
func (b *banner) call(o *spec.Operation, body map[string]any) string {
	parameters := map[string]string{}
	for _, p := range parametersOf(o) {
		if p.In == "path" {
			parameters[p.Name] = fmt.Sprint(p.Example)
		}
	}
	parameters["token"] = b.sandbox.Credentials.Subscriber.AppToken
	data, err := json.Marshal(body)
	if err != nil {
		// Examples and accounts are JSON already.
		return ""
	}
	method := ""
	if o.Method != http.MethodPost { // what curl does with -d
		method = " -X " + o.Method
	}
	return fmt.Sprintf("%s%s -H 'Content-Type: application/json' -d %s %s",
		b.options(), method, quote(string(data)), quote(b.api+o.Route(parameters)))
}

// options of every call: quiet but for errors, and content with a certificate
// that nobody has signed.
func (b *banner) options() string {
	if b.selfSigned {
		return " -sSk"
	}
	return " -sS"
}

func (b *banner) controlOptions() string {
	if b.token {
		return b.options() + ` -H "Authorization: Bearer $` + variable("control-token") + `"`
	}
	return b.options()
}

// quote makes one word of shell. Variables of shellVariable stay variables.
func quote(text string) string {
	text = "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	for _, name := range []string{"token", "code"} {
		text = strings.ReplaceAll(text, shellVariable(name), `'"$`+name+`"'`)
	}
	return text
}

// shellVariable stands in a body for a shell variable. No example and no
// address has a text like it.
func shellVariable(name string) string { return "{shell variable " + name + "}" }
