package subscriber

import (
	"cmp"
	"encoding/json"

	"stagedoor/mockserver/account"
)

// The kinds of identity that login_type and type choose.
const (
	byEmail = "email"
	byPhone = "phone"
)

// credentialsRequest is the body of login and signup.
type credentialsRequest struct {
	LoginType   string `json:"login_type"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	CountryCode string `json:"countryCode"`
	Phone       string `json:"phone"`
	describedDevice
}

// describedDevice is the device under either spelling (S7).
type describedDevice struct {
	Lower device `json:"otherdetails"`
	Camel device `json:"otherDetails"`
}

// Device is the one that is there.
func (d describedDevice) Device() device {
	if d.Lower.ID != "" {
		return d.Lower
	}
	return d.Camel
}

// verifyOTPRequest is the body of every operation that takes a code.
type verifyOTPRequest struct {
	Canonical string `json:"otpVerificationToken"`
	Sampled   string `json:"OTPverificationToken"` // verifySignupOtp alone (S5)
	OTP       digits `json:"otp"`
}

// Token is the challenge's, under either spelling.
func (r verifyOTPRequest) Token() string { return cmp.Or(r.Canonical, r.Sampled) }

type resendOTPRequest struct {
	Token string `json:"otpVerificationToken"`
}

type lookupRequest struct {
	Type        string `json:"type"`
	Email       string `json:"email"`
	Phone       string `json:"phone"`
	CountryCode string `json:"countryCode"`
}

type logoutRequest struct {
	DeviceID    string `json:"device_id"`
	OldDeviceID string `json:"oldDeviceId"`
	Type        digits `json:"type"`
}

type updateProfileRequest struct {
	Changes struct {
		FirstName *string `json:"firstName"`
		LastName  *string `json:"lastName"`
		Image     *string `json:"image"`
	} `json:"otherdetails"`
}

// forgotPasswordRequest is one of two bodies: Email asks for a code, Token and
// OTP present it (S1).
type forgotPasswordRequest struct {
	Email string `json:"emailId"`
	verifyOTPRequest
}

type resetPasswordRequest struct {
	Token       string `json:"otpVerificationToken"`
	NewPassword string `json:"newPassword"`
	describedDevice
}

type changePasswordRequest struct {
	Old string `json:"old_password"`
	New string `json:"new_password"`
}

type feedbackRequest struct {
	Email    string `json:"email"`
	Feedback string `json:"feedback"`
}

type emailRequest struct {
	Email string `json:"email"`
}

type phoneRequest struct {
	Phone       string `json:"phone"`
	CountryCode string `json:"countryCode"`
}

// digits is a number that the documents type as a string in one place and as
// an integer in another (S6, S19).
type digits string

// UnmarshalJSON takes both.
func (d *digits) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(d))
	}
	*d = digits(data)
	return nil
}

// device is what a client says of itself. The other documented fields are held
// against the contract and then of no use to the mock.
type device struct {
	ID        string `json:"device_unique_id"`
	Type      string `json:"device_type"`
	Platform  string `json:"platform"`
	OS        string `json:"os"`
	OSVersion string `json:"os_version"`
	MakeModel string `json:"make_model"`
}

// registered is the device as an account keeps it.
func (d device) registered(loginAt string) account.Device {
	return account.Device{
		ID: d.ID, Type: d.Type, Platform: d.Platform, OS: d.OS,
		OSVersion: account.OSVersion(d.OSVersion), MakeModel: d.MakeModel, LoginAt: loginAt,
	}
}
