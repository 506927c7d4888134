package cli

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What a pooler does not let through. A connection through it is a real one of
// the real server otherwise.
type poolerMode int

const (
	sessions     poolerMode = iota // no replication
	transactions                   // no notifications either
	deaf                           // no LISTEN: it fails
)

// pooler stands between its clients and the server at target, and returns its
// own URL.
func pooler(t *testing.T, target string, mode poolerMode) string {
	t.Helper()
	config, err := pgx.ParseConfig(target)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgNetwork(config)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); clients.Wait() })
	clients.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			clients.Go(func() { relay(client, network, address, mode) })
		}
	})
	u := url.URL{
		Scheme: "postgres", User: url.User(config.User), Host: l.Addr().String(), Path: config.Database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func pgNetwork(c *pgx.ConnConfig) (network, address string) {
	if strings.HasPrefix(c.Host, "/") {
		return "unix", c.Host + "/.s.PGSQL." + strconv.Itoa(int(c.Port))
	}
	return "tcp", net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
}

// relay serves one client until either side leaves.
func relay(client net.Conn, network, address string, mode poolerMode) {
	defer client.Close()
	start, err := startup(client)
	if err != nil || strings.Contains(string(start), "\x00replication\x00") {
		return
	}
	server, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(start); err != nil {
		return
	}
	var requests sync.WaitGroup
	requests.Go(func() {
		_ = questions(server, client, mode)
		_ = server.Close()
	})
	_ = answers(client, server, mode)
	_ = client.Close()
	requests.Wait()
}

// startup reads the first packet: its length, which counts itself, and the
// parameters.
func startup(client io.Reader) ([]byte, error) {
	packet := make([]byte, 4)
	if _, err := io.ReadFull(client, packet); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(packet)
	if n < 8 || n > 10_000 {
		return nil, errors.New("not a startup packet")
	}
	packet = append(packet, make([]byte, n-4)...)
	_, err := io.ReadFull(client, packet[4:])
	return packet, err
}

// query is the type byte of a simple Query.
const query = 'Q'

// questions passes the client's messages on.
func questions(server io.Writer, client io.ReadWriter, mode poolerMode) error {
	for {
		kind, message, err := next(client)
		if err != nil {
			return err
		}
		if kind == query && mode == deaf && strings.HasPrefix(string(message[5:]), "listen ") {
			if _, err := client.Write(refusal("58P01")); err != nil {
				return err
			}
			continue
		}
		if _, err := server.Write(message); err != nil {
			return err
		}
	}
}

// refusal is an ErrorResponse and a ReadyForQuery.
func refusal(code string) []byte {
	fields := "SERROR\x00VERROR\x00C" + code + "\x00Mcould not access status of transaction\x00\x00"
	message := append([]byte{'E'}, binary.BigEndian.AppendUint32(nil, uint32(4+len(fields)))...)
	return append(append(message, fields...), 'Z', 0, 0, 0, 5, 'I')
}

// next reads one message: a type, a length that counts itself, a body.
func next(from io.Reader) (kind byte, message []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(from, head); err != nil {
		return 0, nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	_, err = io.ReadFull(from, body)
	return head[0], append(head, body...), err
}

// notification is the type byte of a NotificationResponse.
const notification = 'A'

// answers passes the server's messages on.
func answers(client io.Writer, server io.Reader, mode poolerMode) error {
	for {
		kind, message, err := next(server)
		if err != nil {
			return err
		}
		if kind == notification && mode == transactions {
			continue
		}
		if _, err := client.Write(message); err != nil {
			return err
		}
	}
}
