package account_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/session"
)

var now = time.Date(2030, 5, 17, 12, 0, 0, 0, time.UTC)

// sample is the account that the subscriber document shows (lines 6 to 51), with
// a reserved address and number in place of the personal ones.
func sample() account.Account {
	a := account.Fresh()
	a.ID, a.FirstName, a.Email, a.CountryCode, a.Phone = 123, "Ann", "ann@example.com", "91", "9999900000"
	a.Subscribed, a.Subscription.IsSubscribed, a.Parental.IsSubscribed = 1, 1, 1
	a.Devices = []account.Device{
		{ID: "12345678", Type: "mobile", Platform: "web", OSVersion: "16.1", OS: "CHROME",
			MakeModel: "NOKIA", LoginAt: "2025-08-18 10:10:10"},
		{ID: "12345679", Type: "tv", Platform: "android", OSVersion: "16.1", OS: "FIRETV",
			MakeModel: "SAMSUNG", LoginAt: "2025-08-18 10:10:10"},
	}
	return a
}

// sampleJSON is the document's object: names, order and types are its own. As
// many devices are used as are listed, which the document gets wrong.
const sampleJSON = `{"id":123,"name":"Ann","email":"ann@example.com","contact":"9999900000","subscribed":1,` +
	`"subscriptionDetail":{"isSubscribed":1,"planType":"OTT","packageId":178,"recurring":1,` +
	`"renewalDate":"2025-12-31 23:59:59","expiryDate":"2025-12-31 23:59:59"},` +
	`"parental":{"isSubscribed":1,"parentalId":20,"restrictionLevel":-1,"title":"Restrict ALL Content"},` +
	`"devices":{"allowedDevices":5,"usedDevices":2,"details":[` +
	`{"deviceId":"12345678","deviceType":"mobile","platform":"web","osVersion":16.1,"OS":"CHROME",` +
	`"makemodel":"NOKIA","loginAt":"2025-08-18 10:10:10"},` +
	`{"deviceId":"12345679","deviceType":"tv","platform":"android","osVersion":16.1,"OS":"FIRETV",` +
	`"makemodel":"SAMSUNG","loginAt":"2025-08-18 10:10:10"}]}}`

func userData(t *testing.T, a account.Account) string {
	t.Helper()
	data, err := json.Marshal(a.UserData())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestUserDataIsTheDocumentsObject(t *testing.T) {
	if got := userData(t, sample()); got != sampleJSON {
		t.Errorf("got  %s\nwant %s", got, sampleJSON)
	}
}

func TestUserDataOfANewAccountLeavesNothingOut(t *testing.T) {
	a := account.Fresh()
	a.ID, a.Phone = 1, "9999900000"
	want := `{"id":1,"name":"9999900000","email":"","contact":"9999900000","subscribed":0,` +
		`"subscriptionDetail":{"isSubscribed":0,"planType":"OTT","packageId":178,"recurring":1,` +
		`"renewalDate":"2025-12-31 23:59:59","expiryDate":"2025-12-31 23:59:59"},` +
		`"parental":{"isSubscribed":0,"parentalId":20,"restrictionLevel":-1,"title":"Restrict ALL Content"},` +
		`"devices":{"allowedDevices":5,"usedDevices":0,"details":[]}}`
	if got := userData(t, a); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOSVersionIsANumberWhereItIsDecimal(t *testing.T) {
	for version, want := range map[account.OSVersion]string{
		"16.1": `16.1`, "5.5": `5.5`, "10": `10`, "0": `0`, "0.9": `0.9`, "16.10": `16.10`,
		"16.1.2": `"16.1.2"`, "": `""`, "v2": `"v2"`, "010": `"010"`, "1e5": `"1e5"`, "-1": `"-1"`, "+1": `"+1"`,
		".5": `".5"`, "5.": `"5."`, " 5": `" 5"`, "0x10": `"0x10"`, "1234567890123456": `"1234567890123456"`, "٣": `"٣"`,
	} {
		got, err := json.Marshal(version)
		if err != nil || string(got) != want {
			t.Errorf("%q is written %s, %v; want %s", version, got, err, want)
		}
		var back account.OSVersion
		if err := json.Unmarshal(got, &back); err != nil || back != version {
			t.Errorf("%s is read as %q, %v", got, back, err)
		}
	}
	for _, wrong := range []string{`true`, `{}`, `[1]`} {
		var v account.OSVersion
		if err := json.Unmarshal([]byte(wrong), &v); err == nil {
			t.Errorf("%s was read as %q", wrong, v)
		}
	}
}

func TestDisplayNameFallsBack(t *testing.T) {
	for want, a := range map[string]account.Account{
		"Ann Lee":    {FirstName: "Ann", LastName: "Lee", Email: "x@example.com"},
		"Lee":        {LastName: "Lee", Email: "x@example.com"},
		"x+tag":      {Email: "x+tag@example.com", Phone: "1"},
		"9999900000": {Phone: "9999900000"},
		"":           {},
	} {
		if got := a.DisplayName(); got != want {
			t.Errorf("%+v is called %q, want %q", a, got, want)
		}
	}
}

func TestSMSAddressIsDigitsWithTheCountryCode(t *testing.T) {
	for want, a := range map[string]account.Account{
		"919999900000": {CountryCode: "+91", Phone: "99999-00000"},
		"915550":       {Phone: "5550"},
		"445550":       {CountryCode: "44", Phone: "5550"},
		"":             {CountryCode: "91"},
	} {
		if got := a.SMSAddress(); got != want {
			t.Errorf("%+v gets messages at %q, want %q", a, got, want)
		}
	}
}

func TestSecretsAreComparedWhole(t *testing.T) {
	a := account.Account{Password: "MyPass@3221", PIN: "4711"}
	if !a.PasswordIs("MyPass@3221") || !a.PINIs("4711") {
		t.Error("the right ones are refused")
	}
	for _, wrong := range []string{"", "MyPass@322", "mypass@3221", "MyPass@32211", "4711 "} {
		if a.PasswordIs(wrong) || a.PINIs(wrong) {
			t.Errorf("%q is accepted", wrong)
		}
	}
	if none := (account.Account{}); none.PasswordIs("") || none.PINIs("") {
		t.Error("an account without secrets accepts an empty one")
	}
}

func TestAccountIsShownInItsDocumentedForm(t *testing.T) {
	a := sample()
	a.Devices = nil
	a.Password = "pw"
	got, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":123,"email":"ann@example.com","phone":"9999900000","countryCode":"91","password":"pw","watchPermitted":true,` +
		`"firstName":"Ann","subscribed":1,"subscription":{"isSubscribed":1,"planType":"OTT","packageId":178,"recurring":1,` +
		`"renewalDate":"2025-12-31 23:59:59","expiryDate":"2025-12-31 23:59:59"},` +
		`"parental":{"isSubscribed":1,"parentalId":20,"restrictionLevel":-1,"title":"Restrict ALL Content"},` +
		`"allowedDevices":5,"payment":"paid","strictDevices":false,"deletion":"none"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWrittenAccountGetsDefaultsAndExactlyWhatItSays(t *testing.T) {
	var a account.Account
	if err := json.Unmarshal([]byte(`{"email":"a@example.com","allowedDevices":0,"watchPermitted":false}`), &a); err != nil {
		t.Fatal(err)
	}
	want := account.Fresh()
	want.Email, want.AllowedDevices, want.WatchPermitted = "a@example.com", 0, false
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v\nwant %+v", a, want)
	}
	if err := json.Unmarshal([]byte(`{"emial":"a@example.com"}`), new(account.Account)); err == nil {
		t.Error("a misspelt field passed")
	}
}

func TestDecodingOverAnAccountIsAPatch(t *testing.T) {
	a := sample()
	old := a.Devices
	if err := json.Unmarshal([]byte(`{"payment":"pending","subscription":{"planType":"TV"}}`), &a); err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Payment, want.Subscription.PlanType = account.Pending, "TV"
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v\nwant %+v", a, want)
	}
	if err := json.Unmarshal([]byte(`{"devices":[{"deviceId":"new"}]}`), &a); err != nil {
		t.Fatal(err)
	}
	if want := []account.Device{{ID: "new"}}; !reflect.DeepEqual(a.Devices, want) {
		t.Errorf("patched devices: %+v, want the new list only", a.Devices)
	}
	if old[0].ID != "12345678" {
		t.Error("the patch wrote into the old list")
	}
	if err := json.Unmarshal([]byte(`{"devices":[]}`), &a); err != nil || len(a.Devices) != 0 {
		t.Errorf("emptied devices: %+v, %v", a.Devices, err)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	right := sample()
	right.Sessions = []session.Session{session.New("s1", "12345678", "email", now, time.Hour)}
	if err := right.Check(); err != nil {
		t.Errorf("a right account: %v", err)
	}
	if err := (account.Account{Email: "a@example.com", AllowedDevices: 1, Payment: account.Paid, Deletion: account.NotDeleted}).Check(); err != nil {
		t.Errorf("a small account: %v", err)
	}
	for field, spoil := range map[string]func(*account.Account){
		"payment":                  func(a *account.Account) { a.Payment = "owed" },
		"deletion":                 func(a *account.Account) { a.Deletion = "" },
		"id":                       func(a *account.Account) { a.ID = -1 },
		"allowedDevices":           func(a *account.Account) { a.AllowedDevices = 0 },
		"nothing identifies":       func(a *account.Account) { a.Email, a.Phone = "", "" },
		"phone":                    func(a *account.Account) { a.Phone = "+91 99999" },
		"countryCode":              func(a *account.Account) { a.CountryCode = "IN" },
		"subscription.renewalDate": func(a *account.Account) { a.Subscription.RenewalDate = "tomorrow" },
		"subscription.expiryDate":  func(a *account.Account) { a.Subscription.ExpiryDate = "2025-12-31T23:59:59Z" },
		"devices[1]":               func(a *account.Account) { a.Devices[1].ID = a.Devices[0].ID },
		"devices[0]":               func(a *account.Account) { a.Devices[0].ID = "" },
		"devices[0].loginAt":       func(a *account.Account) { a.Devices[0].LoginAt = "now" },
		"sessions[0]":              func(a *account.Account) { a.Sessions[0].ID = "" },
		"sessions[1]":              func(a *account.Account) { a.Sessions = append(a.Sessions, a.Sessions[0]) },
	} {
		a := sample()
		a.Sessions = []session.Session{session.New("s1", "12345678", "email", now, time.Hour)}
		spoil(&a)
		err := a.Check()
		if err == nil {
			t.Errorf("%s: nothing was found", field)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, field) {
			t.Errorf("%s: the message is %q", field, text)
		}
	}
}
