package watch

// credentials are a PIN, or a user name and a password.
type credentials struct {
	Type  string `json:"type"`
	Given struct {
		PIN      string `json:"pin"`
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"credentials"`
}

type loginRequest struct {
	credentials
	Persist bool `json:"persist"`
}

type logoutRequest struct {
	Token string `json:"token"`
}

type refreshRequest struct {
	Token string `json:"refresh_token"`
}

type forgotPasswordRequest struct {
	Email string `json:"email"`
}

type resetPasswordRequest struct {
	Code        string `json:"reset_code"`
	NewPassword string `json:"new_password"`
}

type signupRequest struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

type qrCodeRequest struct {
	UDID string `json:"udid"`
}

type qrLoginRequest struct {
	credentials
	Code string `json:"login_code"`
}

type qrTokenRequest struct {
	Code string `json:"login_code"`
	UDID string `json:"udid"`
}
