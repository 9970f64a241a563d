package spec_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stagedoor/spec"
)

// absent as an override removes a field.
type absent struct{}

// with is the sample of a request with fields, by dotted name, overridden.
func with(t testing.TB, operationName string, overrides map[string]any) []byte {
	t.Helper()
	i := slices.IndexFunc(samples(t), func(s sample) bool { return s.name() == operationName && s.Kind == "request" })
	if i < 0 {
		t.Fatalf("no sample of a request of %s", operationName)
	}
	body := samples(t)[i].object(t)
	for field, value := range overrides {
		at, name := body, field
		for parent, rest, nested := strings.Cut(name, "."); nested; parent, rest, nested = strings.Cut(name, ".") {
			at, name = at[parent].(map[string]any), rest
		}
		if at[name] = value; value == (absent{}) {
			delete(at, name)
		}
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func checkBody(t testing.TB, operationName string, body []byte) []spec.Finding {
	t.Helper()
	return operation(t, operationName).CheckInput(spec.Request{Header: jsonHeader(), Body: body})
}

// fault is a request that breaks the contract in one place.
type fault struct {
	name      string
	overrides map[string]any
	pointer   string
	rule      string
	outcome   string
}

func checkFaults(t *testing.T, operationName string, faults []fault) {
	t.Helper()
	o := operation(t, operationName)
	if found := checkBody(t, operationName, with(t, operationName, nil)); len(found) > 0 {
		t.Fatalf("the sample itself: %v", found)
	}
	for _, f := range faults {
		found := checkBody(t, operationName, with(t, operationName, f.overrides))
		if !slices.ContainsFunc(found, func(g spec.Finding) bool { return g.In == "body" && g.Pointer == f.pointer && g.Rule == f.rule }) {
			t.Errorf("%s: want body %s %s, got %+v", f.name, f.pointer, f.rule, found)
		}
		if slices.ContainsFunc(found, func(g spec.Finding) bool { return g.Pointer != f.pointer }) {
			t.Errorf("%s: something else is found besides %s: %+v", f.name, f.pointer, found)
		}
		if got := o.Refusal(found); got != f.outcome {
			t.Errorf("%s: it is answered with %s, not %s", f.name, got, f.outcome)
		}
	}
}

func TestLoginByEmailNamesTheFieldThatIsWrong(t *testing.T) {
	checkFaults(t, "subscriber.login", []fault{
		{"no email", map[string]any{"email": absent{}}, "/email", "required", "credentialsMissing"},
		{"email null", map[string]any{"email": nil}, "/email", "nullable", "credentialsMissing"},
		{"email empty", map[string]any{"email": ""}, "/email", "minLength", "credentialsMissing"},
		{"email blank", map[string]any{"email": "   "}, "/email", "pattern", "credentialsMissing"},
		{"email a number", map[string]any{"email": 5}, "/email", "type", "badRequest"},
		{"email an object", map[string]any{"email": map[string]any{}}, "/email", "type", "badRequest"},
		{"email without @", map[string]any{"email": "ann.example.com"}, "/email", "pattern", "badRequest"},
		{"email too long", map[string]any{"email": strings.Repeat("a", 250) + "@example.com"}, "/email", "maxLength", "badRequest"},
		{"no password", map[string]any{"password": absent{}}, "/password", "required", "credentialsMissing"},
		{"password empty", map[string]any{"password": ""}, "/password", "minLength", "credentialsMissing"},
		{"password true", map[string]any{"password": true}, "/password", "type", "badRequest"},
		{"password too long", map[string]any{"password": strings.Repeat("é", 129)}, "/password", "maxLength", "badRequest"},
		{"no login_type", map[string]any{"login_type": absent{}}, "/login_type", "required", "badRequest"},
		{"login_type null", map[string]any{"login_type": nil}, "/login_type", "enum", "badRequest"},
		{"login_type a number", map[string]any{"login_type": 1}, "/login_type", "enum", "badRequest"},
		{"login_type unknown", map[string]any{"login_type": "sms"}, "/login_type", "enum", "badRequest"},
		{"no otherdetails", map[string]any{"otherdetails": absent{}}, "/otherdetails", "required", "badRequest"},
		{"otherdetails null", map[string]any{"otherdetails": nil}, "/otherdetails", "nullable", "badRequest"},
		{"otherdetails a list", map[string]any{"otherdetails": []any{}}, "/otherdetails", "type", "badRequest"},
		{"no device id", map[string]any{"otherdetails.device_unique_id": absent{}}, "/otherdetails/device_unique_id", "required", "badRequest"},
		{"unknown platform", map[string]any{"otherdetails.platform": "symbian"}, "/otherdetails/platform", "enum", "badRequest"},
		{"latitude a number", map[string]any{"otherdetails.latitude": 28.6}, "/otherdetails/latitude", "type", "badRequest"},
	})
}

func TestLoginByPhoneNamesTheFieldThatIsWrong(t *testing.T) {
	phone := func(overrides map[string]any) map[string]any {
		all := map[string]any{"login_type": "phone", "email": absent{}, "password": absent{}, "phone": "9999900000", "countryCode": "91"}
		for field, value := range overrides {
			all[field] = value
		}
		return all
	}
	if found := checkBody(t, "subscriber.login", with(t, "subscriber.login", phone(nil))); len(found) > 0 {
		t.Fatalf("a login by phone: %v", found)
	}
	checkFaults(t, "subscriber.login", []fault{
		{"no phone", phone(map[string]any{"phone": absent{}}), "/phone", "required", "credentialsMissing"},
		{"phone blank", phone(map[string]any{"phone": " "}), "/phone", "pattern", "credentialsMissing"},
		{"phone with letters", phone(map[string]any{"phone": "99999abcde"}), "/phone", "pattern", "badRequest"},
		{"no countryCode", phone(map[string]any{"countryCode": absent{}}), "/countryCode", "required", "credentialsMissing"},
		{"another country", phone(map[string]any{"countryCode": "44"}), "/countryCode", "pattern", "badRequest"},
		{"countryCode a number", phone(map[string]any{"countryCode": 91}), "/countryCode", "type", "badRequest"},
	})
}

func TestBodiesOfTheOtherSystemsNameTheFieldThatIsWrong(t *testing.T) {
	header := jsonHeader()
	header.Set("CompanyID", "76bc712200ca444fa334f9e55e5fd7a8")
	for _, c := range []struct{ operation, body, pointer, rule, outcome string }{
		{"digipay.sendOtp", `{"dial_code":"+91","phone_number":"9999900000","user_type":2,"otp_type":2}`, "/email", "required", "badRequest"},
		{"digipay.sendOtp", `{"dial_code":"+91","phone_number":"9999900000","user_type":2,"otp_type":2,"email":"ann"}`, "/email", "pattern", "badRequest"},
		{"digipay.sendOtp", `{"dial_code":"+91","phone_number":"9999900000","user_type":1.0,"otp_type":1}`, "/user_type", "type", "badRequest"},
		{"digipay.verifyOtp", `{"dial_code":"+91","phone_number":"9999900000","user_type":2,"otp_type":1,"otp":1e5}`, "/otp", "type", "badRequest"},
		{"digipay.verifyOtp", `{"dial_code":"+91","phone_number":"9999900000","user_type":2,"otp_type":1,"otp":null}`, "/otp", "type", "badRequest"},
		{"watch.login", `{"type":"pin","credentials":{"pin":""}}`, "/credentials/pin", "minLength", "invalidBody"},
		{"watch.login", `{"type":"password","credentials":{"pin":"K7Q2X9"}}`, "/credentials/username", "required", "invalidBody"},
		{"watch.createQrLoginCode", `{"device":"Fire Stick","udid":"u"}`, "/device", "enum", "deviceNotFound"},
	} {
		o := operation(t, c.operation)
		found := o.CheckInput(spec.Request{Header: header, Body: []byte(c.body)})
		if !slices.ContainsFunc(found, func(f spec.Finding) bool { return f.Pointer == c.pointer && f.Rule == c.rule }) {
			t.Errorf("%s %s: want %s %s, got %+v", c.operation, c.body, c.pointer, c.rule, found)
		}
		if got := o.Refusal(found); got != c.outcome {
			t.Errorf("%s %s is answered with %s, not %s", c.operation, c.body, got, c.outcome)
		}
	}
}

func TestAllFaultsOfABodyAreFoundAtOnce(t *testing.T) {
	found := checkBody(t, "subscriber.login", []byte(`{"login_type":"email","password":7}`))
	var places []string
	for _, f := range found {
		places = append(places, f.Pointer+" "+f.Rule)
	}
	if want := []string{"/email required", "/otherdetails required", "/password type"}; !slices.Equal(places, want) {
		t.Errorf("found %v, want %v", places, want)
	}
	if got := operation(t, "subscriber.login").Refusal(found); got != "credentialsMissing" {
		t.Errorf("it is answered with %s", got)
	}
}

func TestABodyThatIsNotStrictJSONIsRefused(t *testing.T) {
	valid := string(with(t, "subscriber.login", nil))
	for name, body := range map[string]string{
		"a list":             `[` + valid + `]`,
		"a text":             `"login"`,
		"null":               `null`,
		"a number":           `1`,
		"cut short":          valid[:len(valid)-1],
		"bytes behind it":    valid + "x",
		"a second value":     valid + valid,
		"a key twice":        strings.Replace(valid, `"email":`, `"password":"MyPass@3221","email":`, 1),
		"an escaped key":     strings.Replace(valid, `"email":`, `"\u0070assword":"MyPass@3221","email":`, 1),
		"a comma at the end": strings.TrimSuffix(valid, "}") + ",}",
		"invalid UTF-8":      strings.Replace(valid, "Patna", "Patn\xff", 1),
		"a control byte":     strings.Replace(valid, "Patna", "Patn\x00", 1),
		"a byte order mark":  "\ufeff" + valid,
		"deep nesting":       strings.Replace(valid, `{`, `{"deep":`+strings.Repeat("[", 64)+strings.Repeat("]", 64)+`,`, 1),
		"only space":         " \n",
		"nothing":            "",
	} {
		found := checkBody(t, "subscriber.login", []byte(body))
		if len(found) == 0 {
			t.Errorf("%s is accepted", name)
		}
		if got := operation(t, "subscriber.login").Refusal(found); got != "badRequest" {
			t.Errorf("%s is answered with %s", name, got)
		}
	}
}

func TestABodyMayBeSpacedAndNested(t *testing.T) {
	valid := string(with(t, "subscriber.login", nil))
	for name, body := range map[string]string{
		"space around it":          "\r\n\t " + valid + " \n",
		"an unknown field":         strings.Replace(valid, `{`, `{"referrer":{"campaign":[1.5,null,true]},`, 1),
		"63 lists in the object":   strings.Replace(valid, `{`, `{"deep":`+strings.Repeat("[", 63)+strings.Repeat("]", 63)+`,`, 1),
		"escapes in a text":        strings.Replace(valid, `Patna`, `Patn\u0061`, 1),
		"a text in another script": strings.Replace(valid, `Patna`, `पटना`, 1),
	} {
		if found := checkBody(t, "subscriber.login", []byte(body)); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestOnlyTheContentTypeOfTheContractIsTaken(t *testing.T) {
	for contentType, accepted := range map[string]bool{
		"application/json":                   true,
		"application/json; charset=utf-8":    true,
		"Application/JSON;charset=\"UTF-8\"": true,
		"":                                   true,
		"text/plain":                         false,
		"application/x-www-form-urlencoded":  false,
		"application/json-patch+json":        false,
		"application/json, text/plain":       false,
		"json":                               false,
	} {
		header := http.Header{}
		if contentType != "" {
			header.Set("Content-Type", contentType)
		}
		found := operation(t, "subscriber.login").CheckInput(spec.Request{Header: header, Body: with(t, "subscriber.login", nil)})
		if accepted != (len(found) == 0) {
			t.Errorf("%q: %v", contentType, found)
		}
		if !accepted && (found[0].In != "header" || found[0].Pointer != "Content-Type" || found[0].Rule != "content") {
			t.Errorf("%q is found as %+v", contentType, found[0])
		}
	}
}

func TestABodyThatIsBothFormsIsRefused(t *testing.T) {
	const o = "subscriber.forgotPassword"
	found := checkBody(t, o, []byte(`{"emailId":"ann@example.com","otpVerificationToken":"abc","otp":"1234"}`))
	if len(found) != 1 || found[0].Rule != "oneOf" || found[0].Pointer != "" {
		t.Errorf("both forms: %+v", found)
	}
	for body, pointer := range map[string]string{
		`{}`:                             "/emailId",
		`{"emailId":""}`:                 "/emailId",
		`{"emailId":7}`:                  "/emailId",
		`{"otp":"1234"}`:                 "/otpVerificationToken",
		`{"otpVerificationToken":"abc"}`: "/otp",
		`{"otpVerificationToken":"abc","otp":"12"}`: "/otp",
	} {
		found := checkBody(t, o, []byte(body))
		if len(found) == 0 || slices.ContainsFunc(found, func(f spec.Finding) bool { return f.Pointer != pointer }) {
			t.Errorf("%s: %+v", body, found)
		}
	}
}

func TestBothSpellingsAreTaken(t *testing.T) {
	for _, c := range []struct{ operation, from, to string }{
		{"subscriber.login", `"otherdetails"`, `"otherDetails"`},
		{"subscriber.signup", `"otherdetails"`, `"otherDetails"`},
		{"subscriber.resetPassword", `"otherDetails"`, `"otherdetails"`},
		{"subscriber.verifySignupOtp", `"OTPverificationToken"`, `"otpVerificationToken"`},
	} {
		body := string(with(t, c.operation, nil))
		other := strings.Replace(body, c.from, c.to, 1)
		if other == body {
			t.Fatalf("%s has no %s", c.operation, c.from)
		}
		if found := checkBody(t, c.operation, []byte(other)); len(found) > 0 {
			t.Errorf("%s with %s: %v", c.operation, c.to, found)
		}
		if found := checkBody(t, c.operation, []byte(strings.Replace(body, c.from, `"OtherSpelling"`, 1))); len(found) == 0 {
			t.Errorf("%s without %s is accepted", c.operation, c.from)
		}
	}
	if found := checkBody(t, "subscriber.verifyLoginOtp", []byte(`{"OTPverificationToken":"abc","otp":"1234"}`)); len(found) == 0 {
		t.Error("the odd spelling is accepted where no sample has it")
	}
}

func TestOTPsAreTakenAsTextAndAsNumber(t *testing.T) {
	for body, accepted := range map[string]bool{
		`"9025"`: true, `9025`: true, `"902"`: false, `902`: false, `9025.0`: false, `"90 25"`: false, `"９０２５"`: false, `true`: false,
	} {
		found := checkBody(t, "subscriber.verifyLoginOtp", []byte(`{"otpVerificationToken":"abc","otp":`+body+`}`))
		if accepted != (len(found) == 0) {
			t.Errorf("otp %s: %v", body, found)
		}
	}
}

func TestOperationsWithoutABodyTakeAny(t *testing.T) {
	for _, name := range []string{"subscriber.requestAccountDeletion", "verifynow.sendOtp"} {
		o := operation(t, name)
		query := url.Values{"countryCode": {"91"}, "mobileNumber": {"9999900000"}, "flowType": {"SMS"}}
		if found := o.CheckInput(spec.Request{Query: query, Body: []byte("a=b")}); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}
