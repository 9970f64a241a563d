package digipay

import (
	"encoding/json"
	"fmt"
	"strings"

	"stagedoor/mockserver/account"
)

// byEmail is the otp_type of codes that go by e-mail; all others go by SMS (V2).
const byEmail = 2

// target is what picks a challenge (V10).
type target struct {
	DialCode    string `json:"dial_code"`
	PhoneNumber string `json:"phone_number"`
	UserType    int    `json:"user_type"`
	OTPType     int    `json:"otp_type"`
}

type sendOTPRequest struct {
	target
	Email string `json:"email"`
}

// verifyOTPRequest leaves out the device, which is of no use to the mock.
type verifyOTPRequest struct {
	target
	OTP digits `json:"otp"`
}

// phone is dialling code and number, of both only the digits.
func (t target) phone() string { return account.Phone(t.DialCode, t.PhoneNumber).Value }

// rival is the rivalry of the target's challenges. The dialling code stands
// apart: 1 and 2345 are not 12 and 345.
func (t target) rival() string {
	code := strings.TrimPrefix(t.DialCode, "+")
	number := strings.ReplaceAll(t.PhoneNumber, "-", "")
	return fmt.Sprintf("%s/%s/%d/%d", code, number, t.UserType, t.OTPType)
}

// digits is a code, as text or as a number (V5).
type digits string

// UnmarshalJSON takes both.
func (d *digits) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(d))
	}
	*d = digits(data)
	return nil
}
