// A client of golang.org/x/crypto/ssh and github.com/pkg/sftp; ../README.md is its contract.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Sessions that stay open until the program ends.
var held []*sftp.Client

func main() {
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		words := strings.Fields(requests.Text())
		answer, err := serve(words[0], words[1:])
		if err != nil {
			fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println(strings.Join(append([]string{"ok"}, answer...), " "))
		}
	}
}

func serve(request string, words []string) ([]string, error) {
	switch request {
	case "offers":
		return offers(words[0], words[1:])
	case "session":
		return session(words)
	case "hold":
		return nil, hold(words[0], words[1:])
	}
	return nil, fmt.Errorf("no request %q", request)
}

func offers(family string, names []string) ([]string, error) {
	of := func(all ssh.Algorithms) []string {
		return map[string][]string{
			"kex": all.KeyExchanges, "cipher": all.Ciphers, "mac": all.MACs, "hostkey": all.HostKeys,
		}[family]
	}
	known := append(of(ssh.SupportedAlgorithms()), of(ssh.InsecureAlgorithms())...)
	if family == "kex" {
		known = append(known, "curve25519-sha256@libssh.org") // taken as a name, and in none of its lists
	}
	unknown := func(name string) bool { return !slices.Contains(known, name) }
	return slices.DeleteFunc(names, unknown), nil
}

// Opens sessions, four at a time, and asks each for a path: all that one needs is there then.
func hold(count string, words []string) error {
	wanted, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	open := make(chan error)
	places := make(chan struct{}, 4)
	var lock sync.Mutex
	for range wanted {
		go func() {
			places <- struct{}{}
			defer func() { <-places }()
			_, client, err := connect(words)
			if err == nil {
				_, err = client.RealPath(".")
				lock.Lock()
				held = append(held, client)
				lock.Unlock()
			}
			open <- err
		}()
	}
	for range wanted {
		err = errors.Join(err, <-open)
	}
	return err
}

func session(words []string) ([]string, error) {
	connection, client, err := connect(words)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	defer client.Close()
	var listed []string
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		names, err := step(client, key, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		listed = append(listed, names...)
	}
	return listed, nil
}

func connect(words []string) (*ssh.Client, *sftp.Client, error) {
	options := map[string]string{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		options[key] = value
	}
	config, err := configure(options)
	if err != nil {
		return nil, nil, err
	}
	connection, err := ssh.Dial("tcp", "127.0.0.1:"+options["port"], config)
	if err != nil {
		return nil, nil, err
	}
	client, err := sftp.NewClient(connection)
	return connection, client, err
}

func configure(options map[string]string) (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            options["user"],
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         30 * time.Second,
	}
	pin := func(list *[]string, key string) {
		if name := options[key]; name != "" {
			*list = []string{name}
		}
	}
	pin(&config.KeyExchanges, "kex")
	pin(&config.Ciphers, "cipher")
	pin(&config.MACs, "mac")
	pin(&config.HostKeyAlgorithms, "hostkey")
	if bytes := options["rekey"]; bytes != "" {
		threshold, err := strconv.ParseUint(bytes, 10, 64)
		if err != nil {
			return nil, err
		}
		config.RekeyThreshold = threshold
	}
	for _, method := range strings.Split(options["auth"], "+") {
		auth, err := authenticate(method, options)
		if err != nil {
			return nil, err
		}
		config.Auth = append(config.Auth, auth)
	}
	return config, nil
}

func authenticate(method string, options map[string]string) (ssh.AuthMethod, error) {
	switch method {
	case "password":
		return ssh.Password(options["password"]), nil
	case "keyboard-interactive":
		return ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return slices.Repeat([]string{options["password"]}, len(questions)), nil
		}), nil
	case "publickey":
		signer, err := signer(options["key"], options["certificate"])
		return ssh.PublicKeys(signer), err
	}
	return nil, fmt.Errorf("no method %q", method)
}

func signer(key, certificate string) (ssh.Signer, error) {
	pem, err := os.ReadFile(key)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil || certificate == "" {
		return signer, err
	}
	line, err := os.ReadFile(certificate)
	if err != nil {
		return nil, err
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		return nil, err
	}
	parsed, ok := public.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("not a certificate")
	}
	return ssh.NewCertSigner(parsed, signer)
}

func step(client *sftp.Client, key, value string) ([]string, error) {
	first, second, _ := strings.Cut(value, ":")
	switch key {
	case "put":
		return nil, put(client, first, second)
	case "get":
		return nil, get(client, first, second)
	case "list":
		entries, err := client.ReadDir(value)
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names, err
	case "rename":
		return nil, client.Rename(first, second)
	case "remove":
		return nil, client.Remove(value)
	}
	return nil, nil // not a step but one of the options
}

func put(client *sftp.Client, local, remote string) error {
	source, err := os.Open(local)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := client.Create(remote)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

func get(client *sftp.Client, remote, local string) error {
	source, err := client.Open(remote)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(local)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
