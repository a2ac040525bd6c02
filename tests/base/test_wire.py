"""The one way out: whom it does not call, and what it does not swallow."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine

from lti_tool.base import clock
from lti_tool.base.errors import Busy, Invalid, Upstream
from lti_tool.base.patience import Patience
from lti_tool.base.wire import AllowedHosts, Answer, Wire


class Site:
    """A web site of one handler, which counts its connections."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                site.connections += 1
                super().setup()

            def do_GET(self):
                site.paths.append(self.path)
                answer(self)

            def log_message(self, *args):
                return

        self.connections, self.paths = 0, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def site():
    made = []

    def make(answer):
        made.append(Site(answer))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def say(handler, body=b"{}", status=200, **headers):
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def home(**options):
    return Wire(allowed_private_hosts=("127.0.0.1",), timeout_s=options.pop("timeout_s", 5), **options)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/",
        "https://localhost/", "https://0.0.0.0/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://224.0.0.1/",
        "https://255.255.255.255/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/",
        "https://[ff02::1]/", "https://[fd00:ec2::254]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:7f00:1::]/",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "http://127.0.0.1/", "http://8.8.8.8/",
        "https://user:secret@127.0.0.1/", "https://127.0.0.1:22/",
        "https://[::7f00:1]/", "https://[::a9fe:a9fe]/", "https://[::ffff:0:7f00:1]/", "https://[64:ff9b:1::7f00:1]/",
        "https://[fec0::1]/", "https://[2002:a9fe:a9fe::]/", "https://[2002:c0a8:101::1]/", "https://168.63.129.16/",
        "https://100.100.100.200/", "https://192.0.0.192/", "https://198.18.0.1/", "https://240.0.0.1/",
        "http://168.63.129.16/", "https://0/", "https://127.0.0.1./", "https://0x7f.1/", "https://017700000001/",
        "https://0xa9fea9fe/", "https://2852039166/", "https://LOCALHOST/", "https://localhost:443/x",
    ],
)  # fmt: skip
def test_private_addresses_and_plain_http_are_not_called(url):
    with pytest.raises(Invalid, match="address-not-allowed"):
        Wire(timeout_s=1).request("GET", url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.test/", "gopher://a.test/", "", "https://", "//a.test"])
def test_other_schemes_are_not_called(url):
    with pytest.raises(Invalid, match="address-not-allowed"):
        Wire(timeout_s=1).request("GET", url)


def test_a_name_that_leads_home_is_not_called(monkeypatch):
    def resolve(host, port, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Invalid, match="address-not-allowed"):
        Wire(timeout_s=1).request("GET", "https://innocent.example/")


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    def resolve(host, port, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Invalid, match="address-not-allowed"):
        Wire(timeout_s=1).request("GET", "https://rebinding.example/")


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "127.0.0.1:{port}"])
def test_hosts_of_the_setting_may_be_called(site, allowed):
    one = site(say)
    port = one.url.rpartition(":")[2]
    wire = Wire(allowed_private_hosts=(allowed.format(port=port),), timeout_s=5)
    assert wire.request("GET", one.url).status == 200


def test_another_port_of_an_allowed_host_is_not_called(site):
    with pytest.raises(Invalid, match="address-not-allowed"):
        Wire(allowed_private_hosts=("127.0.0.1:1",), timeout_s=5).request("GET", site(say).url)


def test_names_are_compared_without_case():
    assert AllowedHosts(["LMS.School.nl"]).has_name("lms.school.NL", 443)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(site, status):
    one = site(lambda handler: say(handler, b"", status, Location="/elsewhere"))
    assert home().request("GET", one.url + "/here").status == status
    assert one.paths == ["/here"]


def test_proxies_of_the_environment_are_not_used(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert home().request("GET", site(say).url).status == 200


def test_an_answer_that_is_too_large_is_not_read(site):
    one = site(lambda handler: say(handler, b"x" * 200_000))
    with pytest.raises(Upstream, match="upstream-too-large") as refused:
        home(max_bytes=100_000).request("GET", one.url)
    assert not refused.value.retry


def test_an_answer_without_length_is_bounded_too(site):
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            handler.close_connection = True

    with pytest.raises(Upstream, match="upstream-too-large"):
        home(max_bytes=500_000).request("GET", site(endless).url)


@pytest.mark.parametrize("part", ["body", "headers"])
def test_an_answer_that_drips_ends_in_time(site, part):
    def drip(handler):
        begin = b"HTTP/1.1 200 OK\r\n"
        handler.wfile.write(begin if part == "headers" else begin + b"Content-Length: 1000\r\n\r\n")
        try:
            for number in range(60):
                handler.wfile.write(b"X-%d: 1\r\n" % number if part == "headers" else b"x")
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    began = time.monotonic()
    with pytest.raises(Upstream, match="upstream-timeout") as refused:
        home(timeout_s=0.5).request("GET", site(drip).url)
    assert refused.value.retry
    assert time.monotonic() - began < 2


def test_silence_ends_in_time(site):
    one = site(lambda handler: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(Upstream, match="upstream-timeout"):
        home(timeout_s=0.3).request("GET", one.url)
    assert time.monotonic() - began < 1


def test_a_dropped_connection_may_be_tried_again(site):
    def drop(handler):
        handler.close_connection = True

    with pytest.raises(Upstream, match="upstream-unreachable") as refused:
        home().request("GET", site(drop).url)
    assert refused.value.retry


def test_a_closed_port_may_be_tried_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Upstream, match="upstream-unreachable"):
        home().request("GET", f"http://127.0.0.1:{port}/")


def test_a_name_that_takes_too_long_to_find_lets_nothing_be_sent(site, monkeypatch):
    """Whoever holds a lease counts on it: a message that leaves late could overtake a newer one."""
    one, look_up = site(say), socket.getaddrinfo

    def slow(*arguments, **named):
        time.sleep(0.4)
        return look_up(*arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(Upstream, match="upstream-timeout"):
        home(timeout_s=0.2).request("GET", one.url)
    assert one.paths == []


@pytest.mark.parametrize("body", [b"x" * 200_000, b"no gzip"])
@pytest.mark.parametrize(("status", "needs_body"), [(200, False), (500, True), (422, True)])
def test_where_the_status_says_all_a_bad_body_is_no_fault(site, body, status, needs_body):
    def say_it(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        if body == b"no gzip":
            handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(body)

    answer = home(max_bytes=1000).request("GET", site(say_it).url, needs_body=needs_body)
    assert answer.status == status
    assert answer.body in (b"", body[:1000])


def test_a_connection_is_kept(site):
    one, wire = site(say), home()
    for _ in range(20):
        wire.request("GET", one.url)
    assert one.connections == 1


def test_facts_of_a_fault_hold_no_path(site):
    with pytest.raises(Upstream) as refused:
        home(timeout_s=0.2).request("GET", site(lambda handler: time.sleep(1)).url + "/secret?token=abc")
    assert "abc" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20", 20), ("1.5", 1.5), ("0", 0), ("-5", None), ("soon", None), ("", None), ("99999999999", 86400)],
)
def test_retry_after_in_seconds(text, seconds):
    assert Answer(503, {"retry-after": text}, b"").retry_after_s == seconds


def test_retry_after_as_a_date():
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
        earlier = format_datetime(clock.now() - timedelta(seconds=90), usegmt=True)
        assert Answer(503, {"retry-after": later}, b"").retry_after_s == 90
        assert Answer(503, {"retry-after": earlier}, b"").retry_after_s == 0


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_said_to_be_none(body):
    with pytest.raises(Upstream, match="upstream-not-json"):
        Answer(200, {}, body).json()


def test_a_server_that_hangs_holds_few_threads_and_the_next_is_told_at_once(site):
    """With a bound on patience: others are told before anything is sent, and other servers still answer."""
    end = threading.Event()
    slow, quick = site(lambda handler: (end.wait(5), say(handler))), site(say)
    patience = Patience(3)
    wire = home(patience=patience)
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(wire.request, "GET", slow.url) for _ in range(2)]
        while len(slow.paths) < 2:
            time.sleep(0.01)
        with pytest.raises(Busy, match="servers-busy"):
            wire.request("GET", slow.url)
        with patience.waiting_for(quick.url, may_be_last=True):
            assert wire.request("GET", quick.url).status == 200
        end.set()
        assert [one.result(timeout=5).status for one in waiting] == [200, 200]
    assert len(slow.paths) == 2
    assert wire.request("GET", slow.url).status == 200
