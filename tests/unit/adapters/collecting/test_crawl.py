"""The crawl against real sites on loopback: robots, redirects, traps, slow pages, wrong types, addresses."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facewarden.adapters.crawl import CrawlConnector, CrawlLimits
from facewarden.adapters.crawl.fetching import Fetcher, Limits
from facewarden.domain.photos import Fetched, Manner, OfferedFile
from facewarden.errors import Error
from facewarden.testing.websites import PUBLIC_ADDRESS, Route, Served, Websites

A = "http://a.example"
PICTURE = b"\xff\xd8 a picture"
TARGETED = Fetched(Manner.TARGETED, purpose_named=True)


def page(*links: str, head: str = "") -> Served:
    body = "".join(f'<img src="{link}">' if link.endswith(".jpg") else f'<a href="{link}">x</a>' for link in links)
    return Served(f"<html><head>{head}</head><body>{body}</body></html>".encode())


def picture(content: bytes = PICTURE, **rest) -> Served:
    return Served(content, "image/jpeg", **rest)


class Desk:
    """Asks nothing of the law; `refuse` says which files are refused, `pages` how many were counted."""

    def __init__(self, refuse=lambda file: False) -> None:
        self.refuse = refuse
        self.pages = 0
        self.asked: list[OfferedFile] = []

    def refused(self, file: OfferedFile) -> bool:
        self.asked.append(file)
        return self.refuse(file)

    def counted(self, name: str) -> int:
        return self.pages

    def keep(self) -> None: ...


class Crawl:
    """A whole crawl by one worker, and what it brought."""

    def __init__(self, sites: Websites, connector: CrawlConnector, desk: Desk) -> None:
        self.sites, self.desk, self.waited = sites, desk, []
        self.files: list[OfferedFile] = []
        self.troubles, self.extra = [], {}
        self._connector = connector

    def run(self) -> Crawl:
        places, marks = [{}], set()
        while places:
            for step in self._connector.read(places.pop(0), self.desk):
                self.files += step.files
                self.troubles += step.troubles
                for name, count in step.extra.items():
                    self.extra[name] = self.extra.get(name, 0) + count
                self.desk.pages = self.extra.get("pages", 0)
                places += [found.place for found in step.found if found.mark not in marks]
                marks |= {found.mark for found in step.found}
        self._connector.close()
        return self

    @property
    def pictures(self) -> list[str]:
        return [file.url for file in self.files if not isinstance(file.content, Error)]

    @property
    def errors(self) -> dict[str, str]:
        return {file.url: file.content.code for file in self.files if isinstance(file.content, Error)}


@contextmanager
def crawling(
    hosts: dict[str, dict[str, Route]], *, first=(A,), own=("a.example", "b.example"), desk=None, limits=None
) -> Iterator[Crawl]:
    with Websites(hosts).serving() as sites:
        waited: list[float] = []
        connector = CrawlConnector(
            first,
            TARGETED,
            lambda url: url.split("/")[2].partition(":")[0] in own,
            sites,
            Fetcher("facewarden/test (+https://police.example)", Limits(2.0, 0.5, 0.8)),
            limits or CrawlLimits(delay_s=0.0),
            lambda: datetime(2026, 11, 22, tzinfo=UTC),
            waited.append,
        )
        crawl = Crawl(sites, connector, desk or Desk())
        crawl.waited = waited
        yield crawl


def test_pages_and_pictures_of_the_sources_own_hosts_are_fetched_once_each():
    hosts = {
        "a.example": {
            "/": page("/p1.jpg", "/two", "http://b.example/", "http://else.example/", "http://else.example/x.jpg"),
            "/two": page("/p1.jpg", "p2.jpg", "/", "/#top", "HTTP://A.EXAMPLE:80/two"),
            "/p1.jpg": picture(),
            "/p2.jpg": picture(b"\xff\xd8 another"),
        },
        "b.example": {"/": page("/p3.jpg"), "/p3.jpg": picture()},
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert sorted(crawl.pictures) == [f"{A}/p1.jpg", f"{A}/p2.jpg", "http://b.example/p3.jpg"]
    assert sorted(crawl.sites.paths("a.example")) == ["/", "/p1.jpg", "/p2.jpg", "/robots.txt", "/two"]
    assert crawl.sites.paths("else.example") == []
    told = crawl.files[0].fetched
    assert (told.server_ip, told.page_url, told.robots_allowed) == (PUBLIC_ADDRESS, f"{A}/", True)
    assert told.robots_tags == frozenset()
    assert {seen.user_agent for seen in crawl.sites.seen} == {"facewarden/test (+https://police.example)"}


# -- robots ---------------------------------------------------------------------------------------------------

ONE_PICTURE = {"/": page("/p.jpg"), "/p.jpg": picture()}


def with_robots(robots: Route) -> dict[str, dict[str, Route]]:
    return {"a.example": {**ONE_PICTURE, "/robots.txt": robots}}


@pytest.mark.parametrize(
    ("robots", "fetched"),
    [
        (Served(status=404), True),
        (Served(status=410), True),
        (Served(b"", "text/plain"), True),
        (Served(b"User-agent: *\nDisallow:", "text/plain"), True),
        (Served(b"User-agent: facewarden\nDisallow: /\n\nUser-agent: *\nDisallow:", "text/plain"), False),
        (Served(b"User-agent: *\nDisallow: /\n\nUser-agent: facewarden\nAllow: /", "text/plain"), True),
        (Served(b"\xef\xbb\xbfUser-agent: *\nDisallow: /", "text/plain"), False),
        (Served(b"\xff\xfe\x00 no text \x00", "text/plain"), True),
        (Served(status=500), False),
        (Served(status=503), False),
        (Served(status=429), False),
        (Served(status=403), False),
        (Served(status=301, headers={"Location": "/robots.txt"}), False),
        (Served(status=301, headers={"Location": "http://else.example/robots.txt"}), False),
        (Served(b"User-agent: *\nAllow: /", "text/plain", wait_s=1.2), False),
    ],
)
def test_robots_txt_decides_by_rfc_9309_and_closes_where_it_cannot_be_read(robots, fetched):
    with crawling(with_robots(robots)) as crawl:
        crawl.run()
    assert bool(crawl.pictures) is fetched
    assert ("/" in crawl.sites.paths("a.example")) is fetched


def test_robots_txt_of_another_place_on_the_own_hosts_is_followed():
    hosts = with_robots(Served(status=302, headers={"Location": "http://b.example/rules"}))
    hosts["b.example"] = {"/rules": Served(b"User-agent: *\nDisallow: /p", "text/plain")}
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.errors == {f"{A}/p.jpg": "not_fetched"}


def test_of_a_robots_txt_of_50_mb_the_first_half_megabyte_counts_and_no_more_is_read():
    rules = b"User-agent: *\nDisallow: /p.jpg\n"
    huge = rules + b"# nothing\n" * (50 * 1024 * 1024 // 10) + b"Disallow: /\n"
    with crawling(with_robots(Served(huge, "text/plain"))) as crawl:
        crawl.run()
    assert crawl.extra["pages"] == 1
    assert crawl.errors == {f"{A}/p.jpg": "not_fetched"}


def test_a_disallowed_picture_goes_to_the_gates_without_being_fetched():
    with crawling(with_robots(Served(b"User-agent: *\nDisallow: /p.jpg", "text/plain"))) as crawl:
        crawl.run()
    assert crawl.files[0].fetched.robots_allowed is False
    assert "/p.jpg" not in crawl.sites.paths("a.example")


def test_the_crawl_waits_as_long_as_the_site_asks():
    with crawling(with_robots(Served(b"User-agent: *\nCrawl-delay: 2.5", "text/plain"))) as crawl:
        crawl.run()
    assert sum(crawl.waited) == pytest.approx(3 * 2.5, abs=0.2)  # after robots.txt, the page and the picture


def test_the_crawl_waits_its_own_least_and_as_long_as_the_server_took():
    hosts = {"a.example": {"/": page("/p.jpg"), "/p.jpg": picture(wait_s=0.3)}}
    with crawling(hosts, limits=CrawlLimits(delay_s=0.3)) as crawl:
        crawl.run()
    assert sum(crawl.waited) == pytest.approx(0.3 + 0.3 + 0.3, abs=0.25)


def test_a_busy_server_is_asked_again_after_the_time_that_it_names():
    answers = iter([Served(status=503, headers={"Retry-After": "7"}), picture()])
    with crawling({"a.example": {"/": page("/p.jpg"), "/p.jpg": lambda path: next(answers)}}) as crawl:
        crawl.run()
    assert len(crawl.pictures) == 1
    assert sum(crawl.waited) >= 7


# -- what pages and files ask -------------------------------------------------------------------------------------


def test_a_page_that_asks_not_to_be_followed_is_not_and_its_wish_goes_with_its_pictures():
    hosts = {
        "a.example": {
            "/": page("/p.jpg", "/two", head='<meta name="Robots" content="NOINDEX, nofollow">'),
            "/p.jpg": picture(),
            "/two": page(),
        }
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert "/two" not in crawl.sites.paths("a.example")
    assert crawl.files[0].fetched.robots_tags == {"noindex", "nofollow"}


def test_x_robots_tag_is_told_to_the_gates_before_the_body_is_read():
    hosts = {"a.example": {"/": page("/p.jpg"), "/p.jpg": picture(headers={"X-Robots-Tag": "otherbot: noai"})}}
    desk = Desk(lambda file: bool(file.fetched.robots_tags and "noai" in file.fetched.robots_tags))
    with crawling(hosts, desk=desk) as crawl:
        crawl.run()
    assert crawl.errors == {f"{A}/p.jpg": "not_fetched"}


def test_what_a_gate_refuses_by_host_is_never_asked_for():
    desk = Desk(lambda file: file.url.startswith("http://b.example"))
    hosts = {"a.example": {"/": page("http://b.example/p.jpg", "http://b.example/")}, "b.example": ONE_PICTURE}
    with crawling(hosts, desk=desk) as crawl:
        crawl.run()
    assert crawl.sites.paths("b.example") == []
    assert "b.example" not in crawl.sites.resolved
    assert crawl.errors == {"http://b.example/p.jpg": "not_fetched"}
    assert crawl.extra["pages_refused"] == 1


def test_what_a_gate_refuses_by_server_is_never_connected_to():
    desk = Desk(lambda file: file.fetched.server_ip is not None and file.url.endswith(".jpg"))
    with crawling({"a.example": ONE_PICTURE}, desk=desk) as crawl:
        crawl.run()
    assert "/p.jpg" not in crawl.sites.paths("a.example")
    assert desk.asked[-1].fetched.server_ip == PUBLIC_ADDRESS


# -- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "168.63.129.16", "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "192.0.2.1", "not an address",
    ],
)  # fmt: skip
def test_a_name_that_leads_to_no_public_address_is_not_connected_to(address):
    with crawling({"a.example": ONE_PICTURE}) as crawl:
        crawl.sites.addresses["a.example"] = [PUBLIC_ADDRESS, address]
        crawl.run()
    assert crawl.sites.seen == []
    assert crawl.pictures == []


def test_public_addresses_of_both_kinds_are_connected_to():
    for address in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"):
        with crawling({"a.example": ONE_PICTURE}) as crawl:
            crawl.sites.addresses["a.example"] = [address]
            crawl.run()
        assert crawl.pictures == [f"{A}/p.jpg"]


def test_a_name_that_changes_its_answer_is_checked_again_at_every_request():
    with crawling({"a.example": ONE_PICTURE}) as crawl:
        honest, asked = crawl.sites.resolve, []

        def rebinding(host):
            asked.append(host)
            if len(asked) > 2:  # robots.txt and the page came from a public address; now it points inside
                crawl.sites.addresses[host] = ["169.254.169.254"]
            return honest(host)

        crawl.sites.resolve = rebinding
        crawl.run()
    assert crawl.errors == {f"{A}/p.jpg": "address_refused"}
    assert "/p.jpg" not in crawl.sites.paths("a.example")


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/p.jpg", "http://169.254.169.254/latest/meta-data", "http://[::1]/p.jpg", "http://else.example/p",
     "file:///etc/passwd", "http://user:pw@a.example/p.jpg", "ftp://a.example/p.jpg", "http://2130706433/p.jpg",
     "http://0x7f.1/p.jpg", "//else.example/p.jpg"],
)  # fmt: skip
def test_a_redirect_that_leads_elsewhere_is_not_followed(target):
    hosts = {"a.example": {"/": page("/p.jpg"), "/p.jpg": Served(status=302, headers={"Location": target})}}
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.pictures == []
    assert list(crawl.errors.values()) in (["not_fetched"], ["bad_redirect"])
    assert {seen.host for seen in crawl.sites.seen} == {"a.example"}


def test_a_redirect_to_another_own_host_passes_every_gate_anew():
    hosts = {
        "a.example": {
            "/": page("/p.jpg"),
            "/p.jpg": Served(status=301, headers={"Location": "http://b.example/q.jpg"}),
        },
        "b.example": {"/q.jpg": picture(), "/robots.txt": Served(b"User-agent: *\nDisallow: /q.jpg", "text/plain")},
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.errors == {"http://b.example/q.jpg": "not_fetched"}
    assert crawl.sites.paths("b.example") == ["/robots.txt"]


def test_redirects_in_a_circle_and_without_end_come_to_an_end():
    hosts = {
        "a.example": {
            "/": page("/round1", "/on0"),
            "/round1": Served(status=302, headers={"Location": "/round2"}),
            "/round2": Served(status=302, headers={"Location": "/round1"}),
            "*": lambda path: Served(status=302, headers={"Location": f"/on{int(path[3:]) + 1}"}),
        }
    }
    hosts["a.example"]["/robots.txt"] = Served(status=404)
    with crawling(hosts) as crawl:
        crawl.run()
    assert [trouble.code for trouble in crawl.troubles] == ["bad_redirect"]
    assert len(crawl.sites.seen) < 15


# -- traps --------------------------------------------------------------------------------------------------------


def test_endless_pages_end_at_the_limit_of_pages():
    hosts = {"a.example": {"*": lambda path: page(f"/{int(path[1:] or 0) + 1}"), "/robots.txt": Served(status=404)}}
    with crawling(hosts, limits=CrawlLimits(pages=12, depth=1_000, delay_s=0.0)) as crawl:
        crawl.run()
    assert crawl.extra["pages"] == 12
    assert crawl.extra["pages_left_out"] == 1
    with crawling(hosts, limits=CrawlLimits(pages=1_000, depth=5, delay_s=0.0)) as crawl:
        crawl.run()
    assert crawl.extra["pages"] == 6


def test_paths_that_grow_without_end_are_left_out():
    hosts = {"a.example": {"*": lambda path: page("next/", f"{path}x/x/"), "/robots.txt": Served(status=404)}}
    with crawling(hosts, limits=CrawlLimits(pages=500, depth=1_000, delay_s=0.0)) as crawl:
        crawl.run()
    assert crawl.extra["pages"] < 60


def test_a_page_of_a_hundred_thousand_links_adds_no_more_than_two_thousand():
    hosts = {"a.example": {"/": page(*(f"/{n}" for n in range(100_000)))}}
    with crawling(hosts, limits=CrawlLimits(delay_s=0.0)) as crawl:
        (first,) = crawl._connector.read({}, crawl.desk)
        (step,) = crawl._connector.read(first.found[0].place, crawl.desk)
        crawl._connector.close()
    assert len(step.found) == 2_000


@pytest.mark.parametrize("drip", [Served(b"x" * 500, "image/jpeg", drip_s=0.1), Served(b"x", "image/jpeg", wait_s=1.2)])
def test_a_server_that_drips_or_says_nothing_is_given_up(drip):
    hosts = {"a.example": {"/": page("/slow.jpg", "/p.jpg"), "/slow.jpg": drip, "/p.jpg": picture()}}
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.errors == {f"{A}/slow.jpg": "fetch_slow"}
    assert crawl.pictures == [f"{A}/p.jpg"]


@pytest.mark.parametrize("kind", ["text/html", "application/pdf", "image/svg+xml", "image/gif", "video/mp4", ""])
def test_a_picture_that_is_something_else_is_not_read(kind):
    hosts = {"a.example": {"/": page("/p.jpg"), "/p.jpg": Served(b"x" * 100, kind)}}
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.errors == {f"{A}/p.jpg": "not_a_picture"}


def test_a_link_that_turns_out_to_be_a_picture_is_one():
    with crawling({"a.example": {"/": page("/show?id=7"), "/show?id=7": picture()}}) as crawl:
        crawl.run()
    assert crawl.pictures == [f"{A}/show?id=7"]


def test_other_files_and_missing_pages_are_counted_or_named():
    hosts = {
        "a.example": {"/": page("/paper.pdf", "/gone", "/gone.jpg"), "/paper.pdf": Served(b"%PDF", "application/pdf")}
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.extra["other_kinds"] == 1
    assert [(trouble.name, trouble.code) for trouble in crawl.troubles] == [(f"{A}/gone", "fetch_failed")]
    assert crawl.errors == {f"{A}/gone.jpg": "fetch_failed"}


def test_a_body_under_gzip_that_nobody_asked_for_is_read_and_a_bomb_is_cut():
    packed = {"Content-Encoding": "gzip"}
    hosts = {
        "a.example": {
            "/": replace(page("/p.jpg", "/bomb"), body=gzip.compress(page("/p.jpg", "/bomb").body), headers=packed),
            "/p.jpg": picture(gzip.compress(PICTURE), headers=packed),
            "/bomb": Served(gzip.compress(bytes(50 * 1024 * 1024), 1), headers=packed),
        }
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert [file.content for file in crawl.files] == [PICTURE]


def test_broken_html_is_read_as_far_as_it_goes():
    hosts = {
        "a.example": {
            "/": Served(b'<<p><a href=/two <b \x00\xff></q><img src=/p.jpg><img src="/x'),
            "/p.jpg": picture(),
        }
    }
    with crawling(hosts) as crawl:
        crawl.run()
    assert crawl.pictures == [f"{A}/p.jpg"]
