package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stagedoor/mockserver/account"
	"stagedoor/mockserver/control"
	"stagedoor/mockserver/session"
)

const people = "/sandboxes/default/accounts"

func TestCreateAccountFillsInWhatSigningUpWould(t *testing.T) {
	c := start(t, control.Config{})
	var a account.Account
	made := c.call("POST", people, `{"email":"Ann@example.com"}`).into(http.StatusCreated, &a)
	want := account.Fresh()
	want.ID, want.Email = 1001, "Ann@example.com"
	if fmt.Sprint(a) != fmt.Sprint(want) {
		t.Errorf("account %+v, want %+v", a, want)
	}
	if got := made.header.Get("Location"); got != people+"/1001" {
		t.Errorf("Location %q", got)
	}
	if got := c.call("GET", made.header.Get("Location"), "").is(http.StatusOK).body; got != made.body {
		t.Errorf("shown %s, made %s", got, made.body)
	}
	c.call("POST", people, `{"id":5,"phone":"9999900000","countryCode":"91","password":"p","allowedDevices":1,"payment":"pending",`+
		`"deletion":"requested","subscription":{"isSubscribed":1},"parental":{"title":"T"},"devices":[{"deviceId":"d1","osVersion":16.1}]}`).into(http.StatusCreated, &a)
	if a.ID != 5 || a.Subscription.IsSubscribed != 1 || a.Subscription.PlanType != "OTT" || a.Parental.Title != "T" || a.Devices[0].OSVersion != "16.1" {
		t.Errorf("account %+v", a)
	}
}

func TestAccountIdentitiesAreUnique(t *testing.T) {
	c := start(t, control.Config{})
	c.call("POST", people, `{"id":5,"email":"ann@example.com","phone":"9999900000","username":"ann","pin":"4321"}`).is(http.StatusCreated)
	c.call("POST", people, `{"id":6,"email":"bob@example.com"}`).is(http.StatusCreated)
	for body, parts := range map[string][]string{
		`{"email":"ANN@EXAMPLE.COM"}`:               {"email", "ann@example.com", "choose another"},
		`{"phone":"9999900000","countryCode":"91"}`: {"phone", "919999900000"},
		`{"username":"ann"}`:                        {"username", `"ann"`},
		`{"pin":"4321"}`:                            {"pin", "another account"},
	} {
		c.call("POST", people, body).refused(http.StatusConflict, parts...)
		c.call("PATCH", people+"/6", body).refused(http.StatusConflict, parts...)
	}
	c.call("POST", people, `{"id":5,"email":"eve@example.com"}`).refused(http.StatusConflict, "id", `"5"`)
	if body := c.call("GET", people+"/6", "").body; strings.Contains(body, "phone") || strings.Contains(body, "pin") {
		t.Errorf("a refused change went through: %s", body)
	}
	// What a refused account wanted besides is still free.
	c.call("POST", people, `{"email":"new@example.com","username":"ann"}`).is(http.StatusConflict)
	c.call("POST", people, `{"email":"new@example.com"}`).is(http.StatusCreated)
	if body := c.call("POST", people, `{"pin":"4321"}`).body; strings.Contains(body, "4321") {
		t.Errorf("a problem shows a PIN: %s", body)
	}
}

func TestPatchAccountMerges(t *testing.T) {
	c := start(t, control.Config{})
	c.call("POST", people, `{"id":5,"email":"ann@example.com","phone":"9999900000","firstName":"Ann","subscription":{"packageId":9007199254740993},`+
		`"devices":[{"deviceId":"d1"},{"deviceId":"d2"}]}`).is(http.StatusCreated)
	for range 2 { // the second time changes nothing
		var a account.Account
		c.call("PATCH", people+"/5", `{"payment":"failed","firstName":null,"email":"ann@example.org","subscription":{"isSubscribed":1},"devices":[{"deviceId":"d2","OS":"iOS"}]}`,
			"Content-Type: application/merge-patch+json").into(http.StatusOK, &a)
		if a.Payment != account.Failed || a.FirstName != "" || a.Email != "ann@example.org" || a.Phone != "9999900000" {
			t.Errorf("account %+v", a)
		}
		if a.Subscription.IsSubscribed != 1 || a.Subscription.PackageID != 9007199254740993 {
			t.Errorf("subscription %+v", a.Subscription)
		}
		if len(a.Devices) != 1 || a.Devices[0].OS != "iOS" {
			t.Errorf("devices %+v", a.Devices)
		}
	}
	c.call("POST", people, `{"email":"ann@example.com"}`).is(http.StatusCreated) // let go of
	c.call("PATCH", people+"/5", `{"email":null}`).is(http.StatusOK)
	c.call("PATCH", people+"/5", `{"phone":null}`).refused(http.StatusBadRequest, "account", "nothing identifies")
	c.call("GET", people+"/5", "").is(http.StatusOK)
}

func TestPatchAccountEndsSessions(t *testing.T) {
	c := start(t, control.Config{})
	c.call("POST", people, `{"id":5,"email":"ann@example.com","devices":[{"deviceId":"d1"}]}`).is(http.StatusCreated)
	s, err := c.sandboxes.Open(t.Context(), "default")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts.Update(t.Context(), 5, func(a *account.Account) error {
		a.StartSession(session.New("s1", "d1", "email", noon(), 1<<40), false)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var a account.Account
	c.call("PATCH", people+"/5", `{"firstName":"Ann"}`).into(http.StatusOK, &a)
	if len(a.Sessions) != 1 || a.Sessions[0].ID != "s1" {
		t.Errorf("another change touched the sessions: %+v", a.Sessions)
	}
	c.call("PATCH", people+"/5", `{"sessions":[{"id":"s2"}]}`).refused(http.StatusBadRequest, "sessions")
	var b account.Account
	c.call("PATCH", people+"/5", `{"sessions":[]}`).into(http.StatusOK, &b)
	if len(b.Sessions) != 0 || len(b.Devices) != 1 {
		t.Errorf("account %+v", b)
	}
}

func TestAccountBodiesAreRefusedByField(t *testing.T) {
	c := start(t, control.Config{})
	c.call("POST", people, `{"id":5,"email":"ann@example.com"}`).is(http.StatusCreated)
	both := map[string][]string{
		`{"emai":"a@b"}`:                                                  {"emai", "did you mean email?"},
		`{"email":"nobody"}`:                                              {"email", "for example ann@example.com"},
		`{"pin":"1","payment":"paids"}`:                                   {"payment", "did you mean paid?"},
		`{"pin":"1","deletion":"confirmed"}`:                              {"deletion", "none, requested"},
		`{"phone":"+91 99"}`:                                              {"phone", "for example 9999900000"},
		`{"pin":"1","countryCode":"0"}`:                                   {"countryCode", "for example 91"},
		`{"pin":"1","allowedDevices":-1}`:                                 {"allowedDevices", "at least 1"},
		`{"pin":"1","subscription":{"plan":"x"}}`:                         {"subscription.plan"},
		`{"pin":"1","subscription":{"expiryDate":"2030-12-31"}}`:          {"subscription.expiryDate", "for example 2030-12-31 23:59:59"},
		`{"pin":"1","subscription":{"expiryDate":"2030-02-31 00:00:00"}}`: {"expiryDate"},
		`{"pin":"1","subscription":{"packageId":99999999999999999999}}`:   {"subscription.packageId"},
		`{"pin":"1","devices":[{"OS":"iOS"}]}`:                            {"devices[0].deviceId", "required"},
		`{"pin":"1","devices":[{"deviceId":"d"},{"deviceId":"d"}]}`:       {"devices[1]", "twice"},
		`{"pin":"1","devices":[{"deviceId":"d","platform":"fire_os"}]}`:   {"devices[0].platform", "did you mean fireos?"},
		`{"pin":"1","subscribed":null}`:                                   {"subscribed", "0, 1"},
	}
	for body, parts := range both {
		c.call("POST", people, body).refused(http.StatusBadRequest, parts...)
		c.call("PATCH", people+"/5", body).refused(http.StatusBadRequest, parts...)
	}
	c.call("POST", people, `{}`).refused(http.StatusBadRequest, "needs one of email, phone, username, pin")
	c.call("POST", people, `{"generate":3}`).refused(http.StatusBadRequest, "generate")
	c.call("PATCH", people+"/5", `{"id":6}`).refused(http.StatusBadRequest, "id")
	var list struct{ Accounts []json.RawMessage }
	c.call("GET", people, "").into(http.StatusOK, &list)
	if len(list.Accounts) != 1 {
		t.Errorf("%d accounts", len(list.Accounts))
	}
}

func TestDeleteAccountFreesItsIdentities(t *testing.T) {
	c := start(t, control.Config{})
	for range 2 {
		c.call("POST", people, `{"id":5,"email":"ann@example.com"}`).is(http.StatusCreated)
		c.call("DELETE", people+"/5", "").is(http.StatusNoContent)
		c.call("DELETE", people+"/5", "").refused(http.StatusNotFound, `account "5"`)
		c.call("GET", people+"/5", "").is(http.StatusNotFound)
		c.call("PATCH", people+"/5", `{"pin":"1"}`).is(http.StatusNotFound)
	}
	if got := c.call("GET", people, "").is(http.StatusOK).body; !strings.Contains(got, `"accounts": []`) {
		t.Errorf("accounts %s", got)
	}
}
