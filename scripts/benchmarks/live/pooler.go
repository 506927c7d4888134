package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pooler is a way to a database that carries everything but replication, as a
// session pooler does.
func pooler(to string) (address string, stop func(), err error) {
	config, err := pgx.ParseConfig(to)
	if err != nil {
		return "", nil, err
	}
	network, server := pgconn.NetworkAddress(config.Host, config.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = relay(client, network, server) }()
		}
	}()
	u := url.URL{Scheme: "postgres", User: url.User(config.User), Host: l.Addr().String(), Path: config.Database, RawQuery: "sslmode=disable"}
	return u.String(), func() { _ = l.Close() }, nil
}

// relay serves one client until either side leaves.
func relay(client net.Conn, network, address string) error {
	defer client.Close()
	packet := make([]byte, 4, 1024)
	if _, err := io.ReadFull(client, packet); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(packet) // counts itself
	if n < 8 || n > 10_000 {
		return errors.New("not a startup packet")
	}
	packet = append(packet, make([]byte, n-4)...)
	if _, err := io.ReadFull(client, packet[4:]); err != nil || strings.Contains(string(packet), "\x00replication\x00") {
		return err
	}
	server, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer server.Close()
	if _, err := server.Write(packet); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, err = io.Copy(client, server)
	return err
}
