"""The crawl over real TLS on loopback: to the checked address, with a certificate for the host, or not at all."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from facewarden.adapters.crawl import CrawlConnector, CrawlLimits
from facewarden.adapters.crawl.endpoints import Endpoint
from facewarden.adapters.crawl.fetching import Fetcher, Limits
from facewarden.errors import BadPhotoError
from facewarden.testing.websites import PUBLIC_ADDRESS, Served, Websites

from .test_crawl import TARGETED, Crawl, Desk, page, picture

TODAY = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
ALL_WELL = {"/": Served(b"hello"), "/robots.txt": Served(status=404)}


class Authority:
    """Signs certificates for hosts of these tests; nobody else trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority of a test")])
        rights = x509.KeyUsage(*(name in ("key_cert_sign", "crl_sign") for name in _RIGHTS))
        builder = self._builder(self._name, self._key).add_extension(rights, critical=True)
        own = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._own = own.sign(self._key, hashes.SHA256())

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, until: dt.datetime = TODAY + DAY):
        known = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(TODAY - 2 * DAY)
        return builder.not_valid_after(until).add_extension(known, critical=False).add_extension(by, critical=False)

    def trust(self) -> ssl.SSLContext:
        """Trusts this authority, and as strictly as the crawl does otherwise."""
        pem = self._own.public_bytes(serialization.Encoding.PEM).decode()
        context = httpcore.default_ssl_context()
        context.load_verify_locations(cadata=pem)
        return context

    def certified(self, host: str, until: dt.datetime = TODAY + DAY) -> ssl.SSLContext:
        """What a server shows that has a certificate for that host."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._builder(x509.Name([]), key, until)
        leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        file = self._folder / f"{host}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + leaf.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


_RIGHTS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def fetcher(authority: Authority) -> Iterator[Fetcher]:
    made = Fetcher("facewarden/test", Limits(2.0, 2.0, 5.0), authority.trust())
    yield made
    made.close()


def crawl_of(sites: Websites, resolver, fetcher: Fetcher, first: str) -> Crawl:
    def own(url: str) -> bool:
        return url.split("/")[2].partition(":")[0] in sites.hosts

    limits = CrawlLimits(delay_s=0.0)
    connector = CrawlConnector([first], TARGETED, own, resolver, fetcher, limits, lambda: TODAY, lambda seconds: None)
    return Crawl(sites, connector, Desk()).run()


def test_a_site_is_crawled_over_tls_at_the_checked_address_under_its_own_name(authority, fetcher) -> None:
    sites = Websites({"a.example": {"/": page("/p.jpg"), "/p.jpg": picture(), "/robots.txt": Served(status=404)}})
    with sites.serving(authority.certified("a.example")):
        crawl = crawl_of(sites, sites, fetcher, "https://a.example/")
    assert crawl.pictures == ["https://a.example/p.jpg"]
    assert crawl.files[0].fetched.server_ip == PUBLIC_ADDRESS


@pytest.mark.parametrize("shown", ["b.example", "example", "*.a.example", "expired", "of an authority unknown"])
def test_a_certificate_that_is_not_good_for_the_host_is_refused_before_a_word_is_said(
    authority, fetcher, tmp_path, shown
) -> None:
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    certificates = {
        "expired": lambda: authority.certified("a.example", TODAY - DAY),
        "of an authority unknown": lambda: Authority(stranger).certified("a.example"),
    }.get(shown, lambda: authority.certified(shown))()
    sites = Websites({"a.example": ALL_WELL})
    with sites.serving(certificates):
        with pytest.raises(BadPhotoError) as refused:
            fetcher.get("https://a.example/", sites.resolve("a.example")[0], 1_000)
        crawl = crawl_of(sites, sites, fetcher, "https://a.example/")
    assert refused.value.code == "fetch_failed"
    assert sites.seen == []  # not even robots.txt: without it nothing is asked for
    assert (crawl.files, crawl.extra) == ([], {"pages_refused": 1})


def test_a_redirect_to_another_own_host_needs_that_hosts_certificate(authority, fetcher) -> None:
    moved = Served(status=302, headers={"Location": "https://b.example/p.jpg"})
    hosts = {"a.example": {"/": page("/p.jpg"), "/p.jpg": moved, "/robots.txt": Served(status=404)}, "b.example": {}}
    with (sites := Websites(hosts)).serving(authority.certified("a.example")):
        crawl = crawl_of(sites, sites, fetcher, "https://a.example/")
    assert crawl.errors == {"https://b.example/p.jpg": "not_fetched"}  # its robots.txt could not be asked for
    assert {seen.host for seen in sites.seen} == {"a.example"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_changes_between_the_look_and_the_connection_leads_to_what_was_looked_at(
    authority, fetcher, scheme
) -> None:
    """Every request asks for the name once: the connection goes to that answer. "localhost" stands for the name that
    a crawler which connected by name would look up again: there another server waits."""
    certificates = authority.certified("localhost") if scheme == "https" else None
    checked, inside = Websites({"localhost": ALL_WELL}), Websites({"localhost": ALL_WELL})
    with checked.serving(certificates, "127.0.0.2"), inside.serving(certificates, "127.0.0.1", checked.port):
        url = f"{scheme}://localhost:{checked.port}/"
        assert fetcher.get(url, Endpoint("127.0.0.2"), 1_000).body == b"hello"
        assert (len(checked.seen), len(inside.seen)) == (1, 0)
        with httpcore.ConnectionPool(authority.trust()) as by_name:  # what the test would catch
            assert by_name.request("GET", url).status == 200
        assert (len(checked.seen), len(inside.seen)) == (1, 1)
