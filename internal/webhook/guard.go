package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// ErrForbidden is why an address is not called.
var ErrForbidden = errors.New("webhook: not a public address")

// reserved are the parts of the address space that are nobody's on the Internet
// (IANA special-purpose registries for IPv4 and IPv6, of 2025), and two addresses
// by which clouds speak to their machines. Link-local addresses, among which is
// 169.254.169.254, and the private ones are in net/netip.
var reserved = prefixes(
	"0.0.0.0/8",         // this network
	"100.64.0.0/10",     // carrier-grade NAT
	"168.63.129.16/32",  // the virtual machine's host in Azure
	"192.0.0.0/24",      // protocol assignments
	"192.0.2.0/24",      // documentation
	"192.88.99.0/24",    // 6to4 relays, deprecated
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"240.0.0.0/4",       // reserved, and broadcast
	"::/96",             // IPv4-compatible, deprecated; unspecified and loopback
	"::ffff:0:0:0/96",   // IPv4-translated
	"64:ff9b:1::/48",    // local translation
	"100::/64",          // discarded
	"100:0:0:1::/64",    // dummy
	"2001::/23",         // protocol assignments, among them Teredo
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4
	"3fff::/20",         // documentation
	"5f00::/16",         // segment routing
	"fec0::/10",         // site-local, deprecated
	"fd00:ec2::254/128", // metadata of EC2
)

// translated are the IPv6 addresses that stand for an IPv4 address in their last
// four bytes.
var translated = netip.MustParsePrefix("64:ff9b::/96")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// Allowed reports whether an address is one of the public Internet. An IPv4
// address in the clothes of IPv6 is judged as what it is.
func Allowed(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if translated.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// guard refuses a connection to an address that is not allowed. The dialer calls
// it with each address that it is about to connect to, after the name was
// resolved: what the name meant at another time is of no interest.
func guard(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !Allowed(to.Addr()) {
		return fmt.Errorf("%w: %s", ErrForbidden, address)
	}
	return nil
}

// CheckURL says what is wrong with the URL of a webhook before anybody calls it;
// nil when nothing is. With private set, http and private addresses are taken.
func CheckURL(text string, private bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("it is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("its scheme is %q", u.Scheme)
	case u.Scheme == "http" && !private:
		return errors.New("it is not https")
	case u.User != nil:
		return errors.New("it holds a user name; what is secret belongs into its path")
	case len(text) > maxURLBytes:
		return fmt.Errorf("it is longer than %d bytes", maxURLBytes)
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && !private {
		if a, ok := netip.AddrFromSlice(ip); !ok || !Allowed(a) {
			return fmt.Errorf("%s is not a public address", u.Hostname())
		}
	}
	return nil
}

// maxURLBytes bounds the URL of a webhook.
const maxURLBytes = 2000
