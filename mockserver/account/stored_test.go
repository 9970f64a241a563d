package account

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// fill gives every field below v a value of its own that is not zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(rune('A' + *n%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2030, 1, 1, 0, 0, *n, *n, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}

func TestStoredFormKeepsEveryField(t *testing.T) {
	var full Account
	fill(reflect.ValueOf(&full).Elem(), new(int))
	fresh := Fresh()
	fresh.ID = 1
	unwatched := fresh
	unwatched.WatchPermitted = false
	for _, a := range []Account{full, fresh, unwatched, {}} {
		data, err := json.Marshal(toStored(&a))
		if err != nil {
			t.Fatal(err)
		}
		var s stored
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		if back := s.account(); !reflect.DeepEqual(back, a) {
			t.Errorf("stored as %s\ncame back as %+v\nwant         %+v", data, back, a)
		}
	}
}
