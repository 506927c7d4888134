package webhook

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestOnlyPublicAddressesAreCalled(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.192", "192.0.2.1",
		"192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	} {
		if Allowed(netip.MustParseAddr(text)) {
			t.Errorf("%s is called", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700:4700::1111", "2a00:1450:4001::5e", "::ffff:8.8.8.8", "64:ff9b::808:808"} {
		if !Allowed(netip.MustParseAddr(text)) {
			t.Errorf("%s is not called", text)
		}
	}
	if Allowed(netip.Addr{}) {
		t.Error("no address is called")
	}
}

// An IPv4 address is judged alike in each of its clothes.
func TestAnAddressIsJudgedAlikeInEveryForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b [4]byte
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		plain := netip.AddrFrom4(b)
		mapped := netip.AddrFrom16(plain.As16())
		nat := translated.Addr().As16()
		copy(nat[12:], b[:])
		if Allowed(plain) != Allowed(mapped) || Allowed(plain) != Allowed(netip.AddrFrom16(nat)) {
			t.Fatalf("%s: plain %t, mapped %t, translated %t", plain, Allowed(plain), Allowed(mapped), Allowed(netip.AddrFrom16(nat)))
		}
		if Allowed(plain) && (plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast()) {
			t.Fatalf("%s is called", plain)
		}
	})
}

func TestURLsThatCannotBeCalledAreRefusedEarly(t *testing.T) {
	t.Parallel()
	for text, private := range map[string]bool{
		"": true, "hooks": true, "/hooks": true, "https://": true, "https:///x": true, "ftp://example.com/": true, "file:///etc/passwd": true,
		"gopher://example.com": true, "https://user:secret@example.com/": true, "https://example.com:port/": true, "https://exa mple.com": true,
		"http://example.com/": false, "https://127.0.0.1/": false, "https://[::1]/": false, "https://169.254.169.254/latest": false, "https://10.0.0.1:8080": false,
		"https://[::ffff:127.0.0.1]/": false,
	} {
		if CheckURL(text, private) == nil {
			t.Errorf("%q is taken, private addresses allowed: %t", text, private)
		}
	}
	for text, private := range map[string]bool{"https://example.com/hooks?x=1": false, "https://example.com:8443": false, "http://127.0.0.1:9/": true, "http://example.com": true, "https://1.1.1.1": false} {
		if err := CheckURL(text, private); err != nil {
			t.Errorf("%q, private addresses allowed: %t: %v", text, private, err)
		}
	}
}
