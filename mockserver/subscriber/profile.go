package subscriber

import (
	"context"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/pipeline"
	"stagedoor/spec"
)

// updateProfile changes names and picture.
func updateProfile(ctx context.Context, c *pipeline.Call, in updateProfileRequest) (spec.Reply, error) {
	return change(ctx, c, "profileUpdated", func(a *account.Account) {
		if in.Changes.FirstName != nil {
			a.FirstName = *in.Changes.FirstName
		}
		if in.Changes.LastName != nil {
			a.LastName = *in.Changes.LastName
		}
		if in.Changes.Image != nil {
			a.Image = *in.Changes.Image
		}
	})
}

// details is the account as getUserDetails shows it: the picture is no part of
// the token's payload (S21).
type details struct {
	account.UserData
	Image string `json:"image,omitempty"`
}

// userDetails shows whose session it is.
func userDetails(_ context.Context, c *pipeline.Call) (spec.Reply, error) {
	shown := details{UserData: c.Account.UserData(), Image: c.Account.Image}
	return spec.Reply{Outcome: "userDetails", Fields: spec.Fields{"/userData": shown}}, nil
}
