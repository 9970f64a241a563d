package spec

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// edit is one change to a file of the contract: old, which stands there once,
// becomes new.
type edit struct {
	file, old, new string
}

// refusal is a change and what the loader's refusal names.
type refusal struct {
	edit
	names []string
}

// edited are the embedded files after an edit.
func edited(t testing.TB, e edit) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	for _, name := range []string{"documents.yaml", "readings.yaml", "subscriber.yaml", "digipay.yaml", "watch.yaml", "verifynow.yaml"} {
		data, err := File(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == e.file {
			if n := strings.Count(string(data), e.old); n != 1 {
				t.Fatalf("%s holds %d times %q", name, n, e.old)
			}
			data = []byte(strings.Replace(string(data), e.old, e.new, 1))
		}
		all[name] = &fstest.MapFile{Data: data}
	}
	return all
}

// refused runs each case: the loader must name the file and the place.
func refused(t *testing.T, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := load(edited(t, c.edit), c.file)
			if err == nil {
				t.Fatal("it is loaded")
			}
			for _, part := range append([]string{"spec/" + c.file}, c.names...) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the refusal does not name %s: %v", part, err)
				}
			}
		})
	}
}

// load reads the contract as far as an edit of file can matter.
func load(fsys fstest.MapFS, file string) error {
	name, _ := strings.CutSuffix(file, ".yaml")
	if !slices.Contains(names, name) {
		_, err := LoadFS(fsys)
		return err
	}
	var c struct {
		Documents []Document `json:"documents"`
	}
	if err := readYAML(fsys, "documents.yaml", &c); err != nil {
		return err
	}
	_, err := (&Contract{Documents: c.Documents}).readSystem(fsys, name)
	return err
}

func TestLoadTakesTheFilesAsTheyAre(t *testing.T) {
	for _, file := range append(slices.Clone(names), "readings") {
		if err := load(edited(t, edit{}), file+".yaml"); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadRefusesAMissingFile(t *testing.T) {
	for _, name := range []string{"documents.yaml", "readings.yaml", "watch.yaml"} {
		all := edited(t, edit{})
		delete(all, name)
		if _, err := LoadFS(all); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestLoadNamesTheFaultsOfAllFilesAtOnce(t *testing.T) {
	all := edited(t, edit{"watch.yaml", "openapi: 3.0.3", "openapi: 3.1.0"})
	all["digipay.yaml"] = &fstest.MapFile{Data: []byte("openapi: 2.0.0\n")}
	_, err := LoadFS(all)
	if err == nil || !strings.Contains(err.Error(), "spec/digipay.yaml: openapi 2.0.0") || !strings.Contains(err.Error(), "spec/watch.yaml: openapi 3.1.0") {
		t.Error(err)
	}
}

func TestLoadRefusesOutcomesThatNobodyCanRelyOn(t *testing.T) {
	refused(t, map[string]refusal{
		"no basis": {
			edit{"digipay.yaml", "data: {message: OTP sent successfully.}\n      x-basis: published\n", "data: {message: OTP sent successfully.}\n"},
			[]string{"POST /auth/send_otp", "response 200", "outcome otpSent", "x-basis"},
		},
		"two that are identical on the wire": {
			edit{"watch.yaml", "status_code: W4901\n        detail: No such device", "status_code: W4900\n        detail: Request body is not valid"},
			[]string{"POST /login/qr/get-", "deviceNotFound", "invalidBody", "identical"},
		},
		"two that differ in the order of their keys only are two": {
			edit{"watch.yaml", "status_code: W4901\n        detail: No such device", "detail: Request body is not valid\n        status_code: W4901\n        status_code: W4900"},
			[]string{`"status_code" stands twice`},
		},
		"a sample that does not validate": {
			edit{"digipay.yaml", "user_id: bccea2ac4114b5aaa790221f72d3799", "user_id: 12"},
			[]string{"POST /auth/verify_otp", "outcome verified", "user_id"},
		},
		"a sample with an integer that is not spelled as one": {
			edit{"digipay.yaml", "success: 1\n        error: []\n        data: {message: OTP", "success: 1.0\n        error: []\n        data: {message: OTP"},
			[]string{"POST /auth/send_otp", "outcome otpSent", "success", "integer"},
		},
		"a sample that is no object": {
			edit{"watch.yaml", "value:\n        status_code: W5000\n        detail: The server failed", "value: W5000"},
			[]string{"outcome serverError", "not an object"},
		},
		"no $ref": {
			edit{"digipay.yaml", "otpSent: {$ref: '#/components/examples/otpSent'}", "otpSent: {value: {success: 1, error: [], data: {message: sent}}}"},
			[]string{"POST /auth/send_otp", "outcome otpSent", "$ref"},
		},
		"a $ref to a form of another outcome": {
			edit{"digipay.yaml", "otpSent: {$ref: '#/components/examples/otpSent'}", "sent: {$ref: '#/components/examples/otpSent'}"},
			[]string{"POST /auth/send_otp", "outcome sent", "component otpSent"},
		},
		"one name under two statuses": {
			edit{"verifynow.yaml", "duplicateResource: {$ref: '#/components/examples/duplicateResource'}", "serverError: {$ref: '#/components/examples/serverError'}"},
			[]string{"POST /verification/v3/send", "serverError", "two statuses"},
		},
		"a range of statuses": {
			edit{"verifynow.yaml", "'409':\n          description: A duplicate", "'4XX':\n          description: A duplicate"},
			[]string{"POST /verification/v3/send", "4XX"},
		},
		"no outcome of success": {
			edit{"digipay.yaml", "'200':\n          description: The code is on its way", "'302':\n          description: The code is on its way"},
			[]string{"POST /auth/send_otp", "success"},
		},
	})
}

func TestLoadRefusesOperationsThatNobodyCanRelyOn(t *testing.T) {
	refused(t, map[string]refusal{
		"no operationId": {
			edit{"digipay.yaml", "      operationId: sendOtp\n", ""},
			[]string{"POST /auth/send_otp", "operationId"},
		},
		"an operationId twice": {
			edit{"digipay.yaml", "operationId: sendOtp", "operationId: verifyOtp"},
			[]string{"/auth/send_otp", "/auth/verify_otp", "verifyOtp"},
		},
		"no basis": {
			edit{"digipay.yaml", "to which nothing was\n        ever sent is `notFound`.\n      x-basis: documented\n", "to which nothing was\n        ever sent is `notFound`.\n"},
			[]string{"POST /auth/verify_otp", "x-basis"},
		},
		"a sample of a request that does not validate": {
			edit{"digipay.yaml", "phone_number: '9999900000', user_type: 2, otp_type: 1}", "phone_number: '9999900000', user_type: 2, otp_type: 0}"},
			[]string{"POST /auth/send_otp", "request example sms", "otp_type"},
		},
		"a sample of a parameter that does not validate": {
			edit{"digipay.yaml", "example: 76bc712200ca444fa334f9e55e5fd7a8", "example: 76bc712200ca444fa334f9e55e5fd7a"},
			[]string{"POST /auth/", "parameter CompanyID"},
		},
		"x-refusals with an unknown outcome": {
			edit{"verifynow.yaml", "invalid: invalidCountryCode}", "invalid: invalidCountry}"},
			[]string{"sendOtp", "x-refusals query.countryCode", `"invalidCountry"`},
		},
		"x-refusals of a field that the request does not have": {
			edit{"verifynow.yaml", "query.countryCode: {missing", "query.country: {missing"},
			[]string{"sendOtp", "x-refusals query.country", "no such field"},
		},
		"x-refusals of a body field that the body does not have": {
			edit{"subscriber.yaml", "        body.email: {missing: credentialsMissing}\n        body.phone: {missing: credentialsMissing}\n        body.countryCode", "        body.mail: {missing: credentialsMissing}\n        body.phone: {missing: credentialsMissing}\n        body.countryCode"},
			[]string{"lookup", "x-refusals body.mail"},
		},
		"x-refusals with a misspelt case": {
			edit{"verifynow.yaml", "query.countryCode: {missing: badRequest, invalid", "query.countryCode: {misssing: badRequest, invalid"},
			[]string{"POST /verification/v3/send", "x-refusals", "misssing"},
		},
		"x-alternatives with an unknown outcome": {
			edit{"subscriber.yaml", "x-alternatives: {gone: [signedUp, otpSent]}", "x-alternatives: {gone: [signedUp, otpSend]}"},
			[]string{"/user/signup/token", "x-alternatives", `"otpSend"`},
		},
		"x-alternatives to an unknown outcome": {
			edit{"subscriber.yaml", "x-alternatives: {gone: [signedUp, otpSent]}", "x-alternatives: {goner: [signedUp, otpSent]}"},
			[]string{"/user/signup/token", "x-alternatives", `"goner"`},
		},
	})
}

func TestLoadRefusesSystemsThatNobodyCanRelyOn(t *testing.T) {
	refused(t, map[string]refusal{
		"no x-default-refusal": {
			edit{"watch.yaml", "x-default-refusal: invalidBody\n", ""},
			[]string{"x-default-refusal is missing"},
		},
		"an x-default-refusal that no operation has": {
			edit{"watch.yaml", "x-default-refusal: invalidBody\n", "x-default-refusal: badRequest\n"},
			[]string{"x-default-refusal", `"badRequest"`},
		},
		"an x-default-refusal that one operation lacks": {
			edit{"digipay.yaml", "x-default-refusal: badRequest\n", "x-default-refusal: notFound\n"},
			[]string{"operation sendOtp", "x-default-refusal", `"notFound"`},
		},
		"x-outcomes without notFound": {
			edit{"watch.yaml", "  '404':\n    notFound: {$ref: '#/components/examples/notFound'}\n", ""},
			[]string{"x-outcomes", "notFound"},
		},
		"x-outcomes without methodNotAllowed": {
			edit{"watch.yaml", "  '405':\n    methodNotAllowed: {$ref: '#/components/examples/methodNotAllowed'}\n", ""},
			[]string{"x-outcomes", "methodNotAllowed"},
		},
		"x-outcomes that refer to nothing": {
			edit{"watch.yaml", "notFound: {$ref: '#/components/examples/notFound'}", "notFound: {$ref: '#/components/examples/notFound.route'}"},
			[]string{"x-outcomes", "notFound.route"},
		},
		"another OpenAPI": {
			edit{"watch.yaml", "openapi: 3.0.3", "openapi: 3.1.0"},
			[]string{"openapi 3.1.0"},
		},
		"an absolute server": {
			edit{"watch.yaml", "  - url: /v2/watch/auth\n", "  - url: https://watch.example.com/v2/watch/auth\n"},
			[]string{"servers", "relative"},
		},
		"two servers": {
			edit{"watch.yaml", "  - url: /v2/watch/auth\n", "  - url: /v2/watch/auth\n  - url: /v3/watch/auth\n"},
			[]string{"servers", "exactly one"},
		},
		"a reference to nothing": {
			edit{"digipay.yaml", "schema: {$ref: '#/components/schemas/SendOtpRequest'}", "schema: {$ref: '#/components/schemas/SendOtpReqest'}"},
			[]string{"SendOtpReqest"},
		},
		"a keyword that OpenAPI does not know": {
			edit{"digipay.yaml", "required: [success, error, data]\n      properties:\n        success: {type: integer, enum: [0]}", "requierd: [success, error, data]\n      properties:\n        success: {type: integer, enum: [0]}"},
			[]string{"FailureReply", "requierd"},
		},
		"YAML that is none": {
			edit{"watch.yaml", "x-default-refusal: invalidBody\n", "x-default-refusal: [invalidBody\n"},
			[]string{"line 2"},
		},
		"a key that stands twice": {
			edit{"watch.yaml", "openapi: 3.0.3\n", "openapi: 3.0.3\nopenapi: 3.0.3\n"},
			[]string{"line 2", `"openapi" stands twice`},
		},
		"an alias": {
			edit{"watch.yaml", "openapi: 3.0.3\ninfo:\n  title: Indee Watch authentication\n  version: '2'", "openapi: &v 3.0.3\ninfo:\n  title: Indee Watch authentication\n  version: *v"},
			[]string{"line 4", "alias"},
		},
	})
}
