package spec_test

import (
	"strings"
	"testing"

	"stagedoor/spec"
)

func TestOtherCountriesAreTakenWhereTheReadingSaysSo(t *testing.T) {
	phone := map[string]any{
		"login_type": "phone", "email": absent{}, "password": absent{}, "phone": "7700900000", "countryCode": "+44", "otherdetails.country": "UK",
	}
	for _, c := range []struct {
		readings map[string]string
		change   map[string]any
		findings int
	}{
		{map[string]string{"S13": "refused"}, nil, 2},
		{map[string]string{"S13": "taken"}, nil, 0},
		{map[string]string{"S13": "taken"}, map[string]any{"countryCode": ""}, 1},
		{map[string]string{"S13": "taken"}, map[string]any{"countryCode": strings.Repeat("4", 65)}, 1},
		{map[string]string{"S13": "taken"}, map[string]any{"countryCode": 44}, 1},
		{map[string]string{"S13": "taken", "S8": "strict"}, nil, 0},
		{map[string]string{"S13": "taken", "S8": "strict"}, map[string]any{"otherdetails.ip": absent{}}, 1},
		{map[string]string{"S13": "taken", "S8": "lax"}, map[string]any{"otherdetails": map[string]any{"device_unique_id": "d"}}, 0},
		{map[string]string{"S8": "lax"}, map[string]any{"otherdetails": map[string]any{"device_unique_id": "d"}}, 1},
	} {
		body := map[string]any{}
		for _, overrides := range []map[string]any{phone, c.change} {
			for field, value := range overrides {
				body[field] = value
			}
		}
		if _, whole := c.change["otherdetails"]; whole {
			delete(body, "otherdetails.country")
		}
		o := resolve(t, c.readings).Operation(operation(t, "subscriber.login"))
		found := o.CheckInput(spec.Request{Header: jsonHeader(), Body: with(t, "subscriber.login", body)})
		if len(found) != c.findings {
			t.Errorf("%v with %v: %v", c.readings, c.change, found)
		}
	}
}

func TestAnOmittedFieldTakesItsOverrideAlong(t *testing.T) {
	set := resolve(t, map[string]string{"M3": "verficationId"})
	o := operation(t, "verifynow.validateOtp")
	verified := o.Outcome("verified")
	reply := spec.Reply{Fields: spec.Fields{"/data/verificationId": "7", "/data/verficationId": "7"}}
	canonical, err := verified.Render(reply)
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Render(o.System, o, verified, reply, canonical)
	if err != nil || !strings.HasPrefix(string(got), `{"responseCode":200,"message":"SUCCESS","data":{"verficationId":"7","mobileNumber":`) {
		t.Errorf("got %s, %v", got, err)
	}
	if len(reply.Fields) != 2 || !verified.Has("/data/verificationId") {
		t.Error("the reply or the outcome itself has changed")
	}
	other, err := set.Render(o.System, o, o.Outcome("wrongOtp"), spec.Reply{}, o.Outcome("wrongOtp").Sample())
	if err != nil || string(other) != string(o.Outcome("wrongOtp").Sample()) {
		t.Errorf("an outcome without the field is %s, %v", other, err)
	}
}
