"""Which addresses may be spoken to, in every spelling that a trick might use."""

import asyncio
import ipaddress

import pytest

from studio.kit.addresses import AddressRefused, check_base_url, check_url, is_public, parse_place, resolve

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254",
    "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254",
    "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1",
    "3fff::1", "3fff:fff:ffff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1", "2606:4700::1%1", "4000::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "168.63.129.15", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e",
    "2001:4860:4860::8888", "2001:200::1", "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip

# How the same private hosts can be spelt in an address. What the text doesn't show, the resolution must.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0177.0.0.1", "0177.0.0.01", "0x7f.0.0.1", "0x7f.1", "0x7f000001",
    "0X7F000001", "2130706433", "017700000001", "127.0.0.1.", "0", "0.0.0.0", "00", "0x0", "localhost", "LOCALHOST",
    "localhost.", "a.localhost", "10.1", "0xa.1", "012.1", "167772161", "192.168.1", "0xc0a80001", "3232235521",
    "169.254.43518", "0xa9fea9fe", "2852039166", "025177524776", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::127.0.0.1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fd00:ec2::254]", "[::ffff:0:127.0.0.1]", "１２７.0.0.1", "①②⑦.0.0.1",
    "127。0。0。1", "127%2e0%2e0%2e1", "%6cocalhost", "localhost%00.example.com", "printer.local", "db.internal",
    "user@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1\\@example.com", "example.com#@127.0.0.1",
    "127.0.0.1?.example.com", "[::1", "::1", "[127.0.0.1]", "", ".", "-", "a b", "a\tb", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_special_addresses_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_ordinary_addresses_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("port", ["", ":443", ":8000"])
def test_no_spelling_of_a_private_host_gets_through(host: str, port: str) -> None:
    async def reach() -> None:
        place = check_url(f"https://{host}{port}/image.png", ())
        await resolve(place.host, place.port, ())

    with pytest.raises((AddressRefused, OSError)):
        asyncio.run(reach())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a", "ftp://example.com", "file:///etc/passwd", "gopher://example.com", "data:image/png,a",
        "javascript:alert(1)", "//example.com", "example.com", "", "https:///a", "https:example.com",
        "https://exa mple.com",
        "https://u:p@example.com", "https://u@example.com", "https://example.com:0", "https://example.com:65536",
        "https://example.com:x", "https://example.com:-1", "https://exämple.com", "https://example.com/\x00",
        "https://example.com/a b", "https://example.com\\@evil", "https://" + "a" * 9000, "https://" + "a" * 254,
    ],
)  # fmt: skip
def test_addresses_of_another_kind_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_url(url, ())
    assert caught.value.sentence.endswith(".")


def test_a_public_address_is_read_into_its_place() -> None:
    place = check_url("https://CDN.Example.com/a%20b.png?x=1&y=[2]#f", ())
    assert (place.scheme, place.host, place.port, place.name) == (
        "https",
        "cdn.example.com",
        443,
        "cdn.example.com:443",
    )
    assert parse_place("http://[2606:4700::1111]:8080/").name == "[2606:4700::1111]:8080"
    assert check_url("https://8.8.8.8:8443/", ()).port == 8443


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://localhost:8001/a", "LocalHost:8001 "),
        ("https://nas.lan/a", "nas.lan:443"),
        ("http://[::1]:8001/a", "[::1]:8001"),
        ("http://sandbox/a", "sandbox:80"),
    ],
)
def test_what_an_admin_has_named_may_be_private_and_plain(url: str, allowed: str) -> None:
    assert check_url(url, [allowed])
    with pytest.raises(AddressRefused):
        check_url(url, [])
    with pytest.raises(AddressRefused):
        check_url(url, [allowed.strip().rpartition(":")[0] + ":1"])


def test_an_allowed_host_is_resolved_without_a_check() -> None:
    assert asyncio.run(resolve("127.0.0.1", 8001, ["127.0.0.1:8001"])) == ["127.0.0.1"]
    assert asyncio.run(resolve("8.8.8.8", 443, [])) == ["8.8.8.8"]
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1:8002 leads to an address that is not public"):
        asyncio.run(resolve("127.0.0.1", 8002, ["127.0.0.1:8001"]))


@pytest.mark.parametrize("host", ["nonexistent.invalid", "a" * 64 + ".example", "a..b"])
def test_names_that_lead_nowhere(host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        asyncio.run(resolve(host, 443, ()))


def test_base_addresses() -> None:
    assert check_base_url("https://api.mountsea.ai/", ()) == "https://api.mountsea.ai"
    assert check_base_url("http://127.0.0.1:9000/hub/", ["127.0.0.1:9000"]) == "http://127.0.0.1:9000/hub"
    for url in (
        "http://api.mountsea.ai",
        "https://a.example/?x=1",
        "https://a.example/#",
        "https://10.0.0.1",
    ):
        with pytest.raises(AddressRefused):
            check_base_url(url, ())
