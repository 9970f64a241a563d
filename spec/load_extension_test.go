package spec

import (
	"strings"
	"testing"
)

func TestLoadRefusesExtensionsThatNobodyReads(t *testing.T) {
	refused(t, map[string]refusal{
		"an unknown one": {
			edit{"digipay.yaml", "x-tolerate: {status: [400, 403]}", "x-tolerat: {status: [400, 403]}"},
			[]string{"line ", "/components/examples/unauthorized", `"x-tolerat"`, "did you mean x-tolerate?"},
		},
		"an unknown one deep in a schema": {
			edit{"digipay.yaml", "          description: A second name of the device, optional (V1)\n          x-basis: contested", "          description: A second name of the device, optional (V1)\n          x-bases: contested"},
			[]string{"/components/schemas/VerifyOtpRequest/properties/device_unique_id", `"x-bases"`, "did you mean x-basis?"},
		},
		"a vendor's own": {
			edit{"digipay.yaml", "tags:\n  - name: otp", "x-logo: {url: logo.png}\ntags:\n  - name: otp"},
			[]string{`"x-logo"`},
		},
		"one beside a $ref": {
			edit{"digipay.yaml", "otpSent: {$ref: '#/components/examples/otpSent'}", "otpSent: {$ref: '#/components/examples/otpSent', x-basis: documented}"},
			[]string{"/paths/~1auth~1send_otp/post/responses/200/", "otpSent", "$ref"},
		},
		"a tolerance of an operation": {
			edit{"digipay.yaml", "      x-basis: published\n      x-refusals:", "      x-basis: published\n      x-tolerate: {status: [201]}\n      x-refusals:"},
			[]string{"/paths/~1auth~1send_otp/post", "x-tolerate", "component"},
		},
		"refusals of an outcome": {
			edit{"digipay.yaml", "x-tolerate: {status: [400, 403]}", "x-refusals: {header.CompanyID: badRequest}"},
			[]string{"/components/examples/unauthorized", "x-refusals", "operation"},
		},
		"an unknown basis": {
			edit{"digipay.yaml", "      x-basis: published\n      x-refusals:", "      x-basis: rumoured\n      x-refusals:"},
			[]string{"/paths/~1auth~1send_otp/post", `x-basis "rumoured"`},
		},
		"half a basis": {
			edit{"digipay.yaml", "x-basis: {code: inferred, status: documented}\n      x-source: {document: digipay-api, section: http statuses, line: 68}", "x-basis: {code: inferred}\n      x-source: {document: digipay-api, section: http statuses, line: 68}"},
			[]string{"/components/examples/serverError", "x-basis"},
		},
		"an unknown basis of a schema": {
			edit{"digipay.yaml", "          description: A second name of the device, optional (V1)\n          x-basis: contested", "          description: A second name of the device, optional (V1)\n          x-basis: disputed"},
			[]string{"/properties/device_unique_id", `"disputed"`},
		},
		"an unknown tolerance": {
			edit{"subscriber.yaml", "x-tolerate: {status: [400, 409, 200], code: failing}", "x-tolerate: {status: [400, 409, 200], code: any}"},
			[]string{"outcome alreadyExists", "x-tolerate", `"any"`},
		},
	})
}

func TestLoadTellsNamesFromKeywords(t *testing.T) {
	const property = "        device_id:\n          type: string\n          maxLength: 128\n          description: The device, optional (V1)\n          x-basis: contested"
	if err := load(edited(t, edit{"digipay.yaml", property, "        x-device:\n          type: string"}), "digipay.yaml"); err != nil {
		t.Errorf("a property whose name begins with x-: %v", err)
	}
	for _, name := range []string{"headers", "value", "examples", "default"} {
		renamed := strings.Replace(strings.Replace(property, "device_id", name, 1), "contested", "disputed", 1)
		err := load(edited(t, edit{"digipay.yaml", property, renamed}), "digipay.yaml")
		if err == nil || !strings.Contains(err.Error(), "/properties/"+name) {
			t.Errorf("the basis of a property named %s is not looked at: %v", name, err)
		}
	}
}

func TestLoadRefusesSourcesThatLeadNowhere(t *testing.T) {
	const operation = "x-source: {document: digipay-api, section: overview, line: 2}"
	refused(t, map[string]refusal{
		"an unknown document": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay, section: overview, line: 2}"},
			[]string{"/paths/~1auth~1verify_otp/post", `"digipay"`},
		},
		"a document of another system": {
			edit{"digipay.yaml", operation, "x-source: {document: watch-api, section: overview, line: 2}"},
			[]string{"/paths/~1auth~1verify_otp/post", `"watch-api"`},
		},
		"a line behind the last": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay-api, section: overview, line: 69}"},
			[]string{"/paths/~1auth~1verify_otp/post", "line 69"},
		},
		"line 0": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay-api, section: overview}"},
			[]string{"/paths/~1auth~1verify_otp/post", "line 0"},
		},
		"an unknown section": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay-api, section: overveiw, line: 2}"},
			[]string{"/paths/~1auth~1verify_otp/post", `"overveiw"`, "did you mean overview?"},
		},
		"a line of another section": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay-api, section: overview, line: 4}"},
			[]string{"/paths/~1auth~1verify_otp/post", `"overview"`, "lines 1 to 3, not 4"},
		},
		"an outcome's": {
			edit{"digipay.yaml", "x-source: {document: digipay-api, section: responses, line: 41}", "x-source: {document: digipay-api, section: response, line: 41}"},
			[]string{"/components/examples/verified", `"response"`},
		},
		"a schema's": {
			edit{"digipay.yaml", "x-source: {document: digipay-api, section: responses, line: 51}", "x-source: {document: digipay-api, section: responses, line: 71}"},
			[]string{"/components/schemas/VerifiedReply/properties/data/properties/user_id", "line 71"},
		},
		"a misspelt key": {
			edit{"digipay.yaml", operation, "x-source: {document: digipay-api, section: overview, lines: 2}"},
			[]string{"/paths/~1auth~1verify_otp/post", "lines"},
		},
	})
}

func TestLoadRefusesDocumentsThatCannotBeFollowed(t *testing.T) {
	refused(t, map[string]refusal{
		"a section behind the end": {
			edit{"documents.yaml", "{name: http statuses, from: 62, to: 68}", "{name: http statuses, from: 62, to: 78}"},
			[]string{"digipay-api", `"http statuses"`},
		},
		"a section twice": {
			edit{"documents.yaml", "{name: http statuses, from: 62, to: 68}", "{name: responses, from: 62, to: 68}"},
			[]string{"digipay-api", `"responses" stands twice`},
		},
		"of no system": {
			edit{"documents.yaml", "system: digipay\n", "system: paypal\n"},
			[]string{"digipay-api", "systems"},
		},
		"with a field that nobody knows": {
			edit{"documents.yaml", "system: digipay\n", "sytem: digipay\n"},
			[]string{"sytem"},
		},
	})
}

func TestLoadRefusesReadingsThatCannotBeFollowed(t *testing.T) {
	const s33 = "- {id: '409', summary: '409, for vendors whose clients are browsers.', status: {alreadyExists: 409}}"
	refused(t, map[string]refusal{
		"an unknown operation": {
			edit{"readings.yaml", "operations: [subscriber.changePassword]", "operations: [subscriber.changePasword]"},
			[]string{"S20", `"subscriber.changePasword"`, "did you mean subscriber.changePassword?"},
		},
		"an operation without its system": {
			edit{"readings.yaml", "operations: [subscriber.changePassword]", "operations: [changePassword]"},
			[]string{"S20", `"changePassword"`},
		},
		"an unknown system": {
			edit{"readings.yaml", "  - id: S33\n    question: Which HTTP status says that an address is taken?\n    systems: [subscriber]", "  - id: S33\n    question: Which HTTP status says that an address is taken?\n    systems: [subscribers]"},
			[]string{"S33", `"subscribers"`},
		},
		"an unknown outcome": {
			edit{"readings.yaml", s33, "- {id: '409', summary: '409', status: {alreadyExist: 409}}"},
			[]string{"S33", "option 409", `"alreadyExist"`},
		},
		"an outcome that an operation has which is not named": {
			edit{"readings.yaml", s33, "- {id: '409', summary: '409', status: {alreadyExists: 409, otpVerificationFailed: 409}}"},
			[]string{"S33", "option 409", "otpVerificationFailed", "subscriber.verifyLoginOtp"},
		},
		"an unknown field to rename": {
			edit{"readings.yaml", "rename: {signature: result}", "rename: {signatur: result}"},
			[]string{"S2", "option result", `"signatur"`},
		},
		"an unknown schema": {
			edit{"readings.yaml", "ResetDevice: [device_unique_id]", "ResetDevise: [device_unique_id]"},
			[]string{"S8", "option lax", `"ResetDevise"`},
		},
		"a field that the schema does not have": {
			edit{"readings.yaml", "ResetDevice: [device_unique_id]", "ResetDevice: [device_id]"},
			[]string{"S8", "option lax", `"device_id"`, "ResetDevice"},
		},
		"an unknown schema to open": {
			edit{"readings.yaml", "admit: [Country, CountryCode]", "admit: [Country, CountyCode]"},
			[]string{"S13", "option taken", `"CountyCode"`},
		},
		"an unknown field to omit": {
			edit{"readings.yaml", "omit: [/data/verificationId]", "omit: [/data/verificationID]"},
			[]string{"M3", "option verficationId", `"/data/verificationID"`},
		},
		"an option twice": {
			edit{"readings.yaml", "- {id: othersStay,", "- {id: othersEnd,"},
			[]string{"S20", `"othersEnd"`, "twice"},
		},
		"one option": {
			edit{"readings.yaml", "      - {id: othersStay, summary: They go on.}\n", ""},
			[]string{`"S20"`, "two options"},
		},
		"a reading twice": {
			edit{"readings.yaml", "id: S20\n", "id: S21\n"},
			[]string{`"S21"`, "twice"},
		},
		"the id of a derived one": {
			edit{"readings.yaml", "id: S20\n", "id: status.gone\n"},
			[]string{`"status.gone"`, "twice"},
		},
		"a field that nobody knows": {
			edit{"readings.yaml", "id: S20\n", "id: S20\n    level: MUST\n"},
			[]string{"level"},
		},
		"YAML that is none": {
			edit{"readings.yaml", "id: S20\n", "id: [S20\n"},
			[]string{"[9"},
		},
	})
}

func TestADerivedReadingIsOpenIfOneOfItsFormsIs(t *testing.T) {
	open := Reading{ID: "code.x", Systems: []string{"watch"}, Operations: []string{"watch.login"}, Open: true, Options: []Option{{ID: "0"}}}
	closed := Reading{ID: "code.x", Systems: []string{"digipay"}, Operations: []string{"digipay.sendOtp"}, Options: []Option{{ID: "0"}, {ID: "7"}}}
	rows := merge(merge(nil, open), closed)
	if len(rows) != 1 || !rows[0].Open || len(rows[0].Systems) != 2 || len(rows[0].Operations) != 2 || len(rows[0].Options) != 2 {
		t.Errorf("merged to %+v", rows)
	}
}
