"""Who is answered and who is refused; no traceback to anybody; Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from starlette.testclient import TestClient

from nkestimate.exploring.answers import Explorer
from nkestimate.exploring.app import PAGE, app_of

PORT, TOKEN = 8123, "a-token-that-nobody-knows"
HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(fence, told):
    return TestClient(app_of(Explorer(fence), TOKEN, PORT, told.append), base_url=HERE, follow_redirects=False)


def test_the_page_is_given_out_with_what_it_needs_and_asks_nothing_of_the_network(client):
    page = client.get(f"/{TOKEN}/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    parts = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert sorted(parts) == ["data:,", "explore.css", "explore.js"]
    texts = [page.text, *(client.get(f"/{TOKEN}/{name}").text for name in parts if name != "data:,")]
    assert len(texts[1]) > 1000
    assert len(texts[2]) > 1000
    addresses = {address for text in texts for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", text)}
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, which nobody opens
    assert not re.search("innerHTML|eval|document.write|insertAdjacentHTML", texts[2])
    assert client.get(f"/{TOKEN}").headers["location"] == f"/{TOKEN}/"


def test_what_is_given_out_may_load_nothing_else_and_tells_nobody_its_address(client):
    headers = client.get(f"/{TOKEN}/").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/wrong/", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/", "/wrong/explore.js", "/%00/", "/é/"])
def test_a_wrong_token_is_refused(client, path):
    for reply in (client.get(path), client.post(f"{path.rstrip('/')}/case", json={"scenario": None})):
        assert reply.status_code == 403
        assert "fence" not in reply.text


@pytest.mark.parametrize("headers", [
    {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": f"http://127.0.0.1:{PORT + 1}"}, {"origin": f"https://127.0.0.1:{PORT}"},
    {"origin": f"http://localhost:{PORT}"}, {"host": "evil.example"}, {"host": f"evil.example:{PORT}"}, {"host": "127.0.0.1"}])  # fmt: skip
def test_a_foreign_origin_or_host_is_refused(client, headers):
    for reply in (client.get(f"/{TOKEN}/", headers=headers), client.post(f"/{TOKEN}/case", json={"scenario": None}, headers=headers)):
        assert reply.status_code == 403
        assert "fence" not in reply.text
    assert client.post(f"/{TOKEN}/case", json={"scenario": None}, headers={"origin": HERE}).status_code == 200
    own = {"host": f"localhost:{PORT}", "origin": f"http://localhost:{PORT}"}
    assert client.post(f"/{TOKEN}/case", json={"scenario": None}, headers=own).status_code == 200


def test_what_no_page_sends_is_refused(client):
    post = client.post
    assert client.get(f"/{TOKEN}/..%2fapp.py").status_code == 404
    assert client.get(f"/{TOKEN}/index.html").status_code == 404
    assert client.put(f"/{TOKEN}/case").status_code == 405
    assert post(f"/{TOKEN}/case", content="{}", headers={"content-type": "text/plain"}).status_code == 415
    json_ = {"content-type": "application/json"}
    for content in ("", "[]", "{", "[" * 50_000, '"' + "a" * 200_000 + '"', b"\xff"):
        assert post(f"/{TOKEN}/case", content=content, headers=json_).status_code == 400
    for name, sent in (("case", {"scenario": 1}), ("answer", {}), ("rough", {"state": {}}), ("nothing", {})):
        assert post(f"/{TOKEN}/{name}", json=sent).status_code == 400


def test_a_fault_is_an_answer(client, fence):
    described = client.post(f"/{TOKEN}/case", json={"scenario": None}).json()
    assert client.post(f"/{TOKEN}/case", json={"scenario": "nobody"}).json()["faults"][0].endswith("expected one of trust-ben")
    fence.write_text("title: [")
    state = {"stamp": described["stamp"], "scenario": None, "moved": {}}
    assert "saved" in client.post(f"/{TOKEN}/answer", json={"state": state}).json()
    assert "not YAML" in client.post(f"/{TOKEN}/case", json={"scenario": None}).json()["faults"][0]


def test_what_goes_wrong_within_is_told_in_a_line(client, told, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("by nothing\nat all")

    monkeypatch.setattr(Explorer, "answer", fails)
    reply = client.post(f"/{TOKEN}/answer", json={"state": {"stamp": "", "scenario": None, "moved": {}}})
    assert reply.json() == {"faults": ["This could not be computed (ZeroDivisionError: by nothing)."]}
    assert told == ["A request of the page failed (answer): ZeroDivisionError: by nothing"]


def test_the_package_holds_the_page():
    assert {path.name for path in PAGE.iterdir()} == {"index.html", "explore.css", "explore.js"}


# ------------------------------------------------------------ the server itself


@pytest.fixture
def served(fence):
    """A server's process and the address it prints."""
    command = [sys.executable, "-u", "-m", "nkestimate.cli", "explore", str(fence)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            first = process.stdout.readline()
            yield process, re.search(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", first)[0]
        finally:
            process.kill()


def ask(address, name, sent):
    request = urllib.request.Request(address + name, json.dumps(sent).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)


@pytest.mark.slow
def test_it_serves_on_loopback_until_ctrl_c(served):
    process, address = served
    described = ask(address, "case", {"scenario": None})
    state = {"stamp": described["stamp"], "scenario": None, "moved": {"weight:ben": 0}}
    assert ask(address, "answer", {"state": state})["exact"]
    listening = subprocess.run(["ss", "-ltnH"], capture_output=True, text=True, check=False).stdout if sys.platform == "linux" else ""
    port = address.split(":")[2].split("/")[0]
    assert f"0.0.0.0:{port}" not in listening
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    assert process.wait(timeout=30) == 130
    assert rest.splitlines()[-1] == "stopped"
    assert "Traceback" not in rest


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_a_fit(fence):
    code = ("import sys, time, nkestimate.exploring.answers as answers\n"
            "def fit(*_, **how):\n    print('fitting', flush=True)\n    time.sleep(60)\nanswers.fit = fit\n"
            "from nkestimate.cli import main; main()")  # fmt: skip
    command = [sys.executable, "-u", "-c", code, "explore", str(fence)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            while "fitting" not in process.stdout.readline():
                assert process.poll() is None
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=50) == 130
            assert time.monotonic() - begun < 30
            assert process.stdout.read().splitlines()[-1] == "stopped"
        finally:
            process.kill()


@pytest.mark.slow
def test_ctrl_c_ends_it_while_it_fits(served):
    process, address = served
    described = ask(address, "case", {"scenario": None})
    begun = time.monotonic()
    code = "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1] + 'answer', sys.argv[2].encode(), {'Content-Type': 'application/json'}))"
    sent = json.dumps({"state": {"stamp": described["stamp"], "scenario": None, "moved": {"weight:ann": 0}}})
    with subprocess.Popen([sys.executable, "-c", code, address, sent], stderr=subprocess.DEVNULL) as asking:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        asking.wait(timeout=30)
    assert "Traceback" not in process.stdout.read()
    assert time.monotonic() - begun < 60
