// Every object of github.com/sftpgo/sdk, through the API and back as its own types say.
//
// Usage: gosdk URL ADMIN PASSWORD. Ends with an error when an answer has a field that the types do not know, when a
// field that was sent does not come back, and when reading an object and writing it back changes it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"

	"github.com/sftpgo/sdk"
)

const (
	folderName = "vault"
	groupName  = "crew"
	roleName   = "team"
)

// A kind of object: where it is, and one of it.
type kind struct {
	path string
	make func(name string, fs sdk.Filesystem) any
	into func() any
}

var kinds = []kind{
	{"folders", folder, func() any { return &sdk.BaseVirtualFolder{} }},
	{"groups", group, func() any { return &sdk.Group{} }},
	{"users", user, func() any { return &sdk.User{} }},
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url, admin, password string) error {
	api, err := login(url, admin, password)
	if err != nil {
		return err
	}
	local := sdk.Filesystem{}
	parts := []struct {
		path   string
		object any
	}{
		{"roles", map[string]string{"name": roleName}},
		{"folders", folder(folderName, local)},
		{"groups", sdk.Group{BaseGroup: sdk.BaseGroup{Name: groupName}}},
	}
	for _, part := range parts {
		if _, err := api.call("POST", part.path, part.object, 201); err != nil {
			return err
		}
	}
	for name, fs := range filesystems() {
		for _, kind := range kinds {
			if err := api.roundTrip(kind, kind.path+"-"+name, fs); err != nil {
				return fmt.Errorf("%s on %s: %w", kind.path, name, err)
			}
		}
	}
	if err := api.lists(); err != nil {
		return err
	}
	return api.backups()
}

// Makes an object, reads it, writes back what was read, and reads it again.
func (api *api) roundTrip(kind kind, name string, fs sdk.Filesystem) error {
	sent := kind.make(name, fs)
	made, err := api.call("POST", kind.path+"?confidential_data=1", sent, 201)
	if err != nil {
		return err
	}
	if err := strict(made, kind.into()); err != nil {
		return err
	}
	var before any
	for _, query := range []string{"", "?confidential_data=1"} {
		read := kind.into()
		if err := api.get(kind.path+"/"+name+query, read); err != nil {
			return err
		}
		if lost := missing(reflect.ValueOf(sent), reflect.ValueOf(read).Elem(), ""); len(lost) > 0 {
			return fmt.Errorf("sent, and not to be read: %v", lost)
		}
		if _, err := api.call("PUT", kind.path+"/"+name, read, 200); err != nil {
			return err
		}
		before = read
	}
	after := kind.into()
	if err := api.get(kind.path+"/"+name+"?confidential_data=1", after); err != nil {
		return err
	}
	return same(before, after)
}

func (api *api) lists() error {
	for path, into := range map[string]any{
		"folders": &[]sdk.BaseVirtualFolder{}, "groups": &[]sdk.Group{}, "users": &[]sdk.User{},
	} {
		if err := api.get(path+"?limit=500", into); err != nil {
			return err
		}
		if reflect.ValueOf(into).Elem().Len() < len(filesystems()) {
			return fmt.Errorf("%s: not all of them are listed", path)
		}
	}
	return nil
}

// The objects of a backup.
type backup struct {
	Users   []sdk.User              `json:"users"`
	Groups  []sdk.Group             `json:"groups"`
	Folders []sdk.BaseVirtualFolder `json:"folders"`
	Version int                     `json:"version"`
}

// What a backup says can be loaded as these types write it, and changes nothing.
func (api *api) backups() error {
	before, err := api.dump()
	if err != nil {
		return err
	}
	if len(before.Users) < len(filesystems()) {
		return fmt.Errorf("a backup with %d users", len(before.Users))
	}
	if _, err := api.call("POST", "loaddata?mode=0", before, 200); err != nil {
		return err
	}
	after, err := api.dump()
	if err != nil {
		return err
	}
	return same(before, after)
}

func (api *api) dump() (*backup, error) {
	all := map[string]json.RawMessage{} // of other kinds, too, which the module does not have
	if err := api.get("dumpdata?output-data=1&scopes=users,groups,folders", &all); err != nil {
		return nil, err
	}
	var dump backup
	for key, into := range map[string]any{
		"users": &dump.Users, "groups": &dump.Groups, "folders": &dump.Folders, "version": &dump.Version,
	} {
		if err := strict(all[key], into); err != nil {
			return nil, err
		}
	}
	return &dump, nil
}

// An administrator who is logged in.
type api struct {
	url, token string
}

func login(url, admin, password string) (*api, error) {
	request, err := http.NewRequest("GET", url+"/api/v2/token", nil)
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(admin, password)
	body, err := send(request, 200)
	if err != nil {
		return nil, err
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.Unmarshal(body, &token)
	return &api{url + "/api/v2/", token.AccessToken}, err
}

func (api *api) get(path string, into any) error {
	body, err := api.call("GET", path, nil, 200)
	if err != nil {
		return err
	}
	return strict(body, into)
}

func (api *api) call(method, path string, object any, status int) ([]byte, error) {
	body, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, api.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+api.token)
	return send(request, status)
}

func send(request *http.Request, status int) ([]byte, error) {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != status {
		err = fmt.Errorf("%s %s: %s %s", request.Method, request.URL, answer.Status, body)
	}
	return body, err
}

func strict(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w in %.2000s", err, body)
	}
	return nil
}

// But for the time of the change, which is another.
func same(before, after any) error {
	for _, object := range []any{before, after} {
		forget(reflect.ValueOf(object).Elem())
	}
	if !reflect.DeepEqual(before, after) {
		first, _ := json.Marshal(before)
		second, _ := json.Marshal(after)
		return fmt.Errorf("changed by being written back:\n%.2000s\n%.2000s", first, second)
	}
	return nil
}

func forget(value reflect.Value) {
	switch value.Kind() {
	case reflect.Slice:
		for index := range value.Len() {
			forget(value.Index(index))
		}
	case reflect.Struct:
		for index := range value.NumField() {
			if value.Type().Field(index).Name == "UpdatedAt" {
				value.Field(index).SetZero()
			} else {
				forget(value.Field(index))
			}
		}
	}
}

// What is told once: passwords, and secrets, which come back sealed.
var told = []string{"Password", "Payload", "Status"}

// The fields that are set in `sent` and are not the same in `read`.
func missing(sent, read reflect.Value, at string) []string {
	switch {
	case sent.Kind() == reflect.Struct:
		var lost []string
		for index := range sent.NumField() {
			name := sent.Type().Field(index).Name
			if sent.Field(index).Kind() == reflect.String && slices.Contains(told, name) {
				continue
			}
			lost = append(lost, missing(sent.Field(index), read.Field(index), at+"."+name)...)
		}
		return lost
	case sent.Kind() == reflect.Slice && sent.Len() == read.Len():
		var lost []string
		for index := range sent.Len() {
			lost = append(lost, missing(sent.Index(index), read.Index(index), at)...)
		}
		return lost
	case sent.IsZero() || reflect.DeepEqual(sent.Interface(), read.Interface()):
		return nil
	}
	return []string{at}
}
