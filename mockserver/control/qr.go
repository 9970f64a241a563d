package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/skip2/go-qrcode"

	"stagedoor/mockserver/otp"
)

// qrPixels is the width of a QR code: enough for a phone to read it off a screen.
const qrPixels = 320

// loginQR draws the QR code that a device would show for a login code of the
// watch system.
func (a *API) loginQR(ctx context.Context, c *call) (reply, error) {
	s, err := a.sandbox(ctx, c)
	if err != nil {
		return reply{}, err
	}
	code := strings.TrimSuffix(c.path["file"], ".png")
	challenge, err := s.OTP("watch").Peek(ctx, code)
	var refused *otp.Refused
	if errors.As(err, &refused) || err == nil && challenge.Purpose != otp.QRLogin {
		return reply{}, refuse(http.StatusNotFound, "qr: no login code %q was given out in sandbox %s; createQrLoginCode of watch gives one", code, s.ID)
	}
	if err != nil {
		return reply{}, err
	}
	var shown struct {
		Page string `json:"page"`
	}
	if err := json.Unmarshal(challenge.Payload, &shown); err != nil {
		return reply{}, err
	}
	png, err := qrcode.Encode(shown.Page+"?"+url.Values{"login_code": {code}}.Encode(), qrcode.Medium, qrPixels)
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"image/png"}}, body: png}, err
}
