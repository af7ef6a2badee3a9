"""The page in a real browser: sliders, keyboard, a narrow window, faults, the download."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest
import uvicorn

from browsers import faults_of_access
from command_line import call
from nkestimate import fit, load_case
from nkestimate.exploring.answers import Explorer
from nkestimate.exploring.app import app_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium")]
LONG = 120_000  # milliseconds


@pytest.fixture
def address(fence):
    """Where the case is served, by a thread of this process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # who comes before the server has begun waits
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app_of(Explorer(fence), "token", port), log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{port}/token/"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(browser, address):
    """The page once it has its first answer; it may say nothing on its console."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    exact(page)
    yield page
    page.close()
    assert said == []


def exact(page):
    page.locator("#status", has_text="Exact").wait_for(timeout=LONG)


def slider(page, control):
    """A control's slider, its section unfolded."""
    found = page.locator(f'[data-control="{control}"] input')
    summary = page.locator(f'details:not([open]):has([data-control="{control}"]) > summary')
    if summary.count():
        summary.click()
    return found


def headline(page):
    return page.locator("#value").inner_text(), page.locator("#range").inner_text()


def moved(page, control, key, times=1):
    found = slider(page, control)
    found.focus()
    for _ in range(times):
        before = page.locator("#changes tbody").inner_text()
        found.press(key)
        wait_until(lambda before=before: page.locator("#changes tbody").inner_text() != before)
        exact(page)


def wait_until(true, seconds=120):
    stop = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop
        time.sleep(0.05)


def test_a_slider_gives_what_the_command_line_gives_for_the_downloaded_yaml(page, fence, tmp_path):
    first = headline(page)
    moved(page, "weight:ben", "End")
    assert headline(page) != first
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the YAML").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    cost = fit(load_case(saved, scenario="explored"), progress=False).summary.totals["cost"]
    shown = [float(x.replace(",", "")) for x in re.findall(r"[\d,.]*\d", " ".join(headline(page)))]
    assert shown == pytest.approx([cost.quantile(p) for p in (0.5, 0.05, 0.95)], rel=0.06)
    assert page.locator("#command").inner_text().endswith(f"{saved.name} --scenario explored")
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: page.locator("#no-changes").is_visible())
    exact(page)
    assert headline(page) == first


def test_a_prior_is_drawn_by_keyboard_and_is_what_the_command_line_takes(page, tmp_path):
    first = headline(page)
    page.locator("#drawing > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#prior-of").select_option("price")
    low, middle, high = page.locator("#handles input").all()
    low.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    wait_until(lambda: "between: [3." in page.locator("#prior-yaml").inner_text())
    assert middle.get_attribute("aria-valuetext") != "4.24 USD per metre"  # it stays midway
    assert headline(page) == first  # nothing is moved until it is applied
    page.keyboard.press("End")
    page.locator("#prior-faults", has_text="expected quantiles in ascending order").wait_for(timeout=LONG)
    assert page.locator("#apply").is_disabled()
    page.locator("#prior-home").focus()
    page.keyboard.press("Enter")
    page.locator("#prior-faults").wait_for(state="hidden", timeout=LONG)
    high.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    wait_until(lambda: page.locator("#apply").is_enabled())
    written = page.locator("#prior-yaml").inner_text()
    assert faults_of_access(page) == []
    page.locator("#apply").focus()
    page.keyboard.press("Enter")
    page.locator("#changes", has_text="Price: prior").wait_for(timeout=LONG)
    exact(page)
    seen = headline(page)
    assert seen != first
    page.reload()
    exact(page)
    assert headline(page) == seen
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the YAML").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert f"quantities.price.{written}" in saved.read_text(encoding="utf-8")
    cost = fit(load_case(saved, scenario="explored"), progress=False).summary.totals["cost"]
    shown = [float(x.replace(",", "")) for x in re.findall(r"[\d,.]*\d", " ".join(seen))]
    assert shown == pytest.approx([cost.quantile(p) for p in (0.5, 0.05, 0.95)], rel=0.06)
    moved(page, "prior:price:to", "ArrowRight")  # the slider takes the place of what was drawn
    assert page.locator("#changes", has_text="Price: prior").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.locator("#changes", has_text="Price: prior").wait_for(timeout=LONG)
    assert page.locator("#drawing > summary").inner_text() == "Draw a prior (moved)"
    exact(page)
    assert headline(page) == seen


def test_while_dragging_the_answer_is_marked_as_rough(page):
    def at(box, share):
        return box["x"] + 10 + share * (box["width"] - 20), box["y"] + box["height"] / 2

    for control, home, near, far, said in (("settings:coverage", 8 / 11, 10 / 11, 0, "Too far from the last fit"),
                                           ("prior:price:to", 0.5, 0.48, 0, "let go to see why")):
        found = slider(page, control)
        found.scroll_into_view_if_needed()
        box = found.bounding_box()
        page.mouse.move(*at(box, home))
        page.mouse.down()
        page.mouse.move(*at(box, near))
        page.locator("#mark", has_text="rough").wait_for(timeout=LONG)
        assert re.search(r"k̂ −?\d\.\d\d", page.locator("#status").inner_text())
        page.mouse.move(*at(box, far))
        page.locator("#status", has_text=said).wait_for(timeout=LONG)
        assert page.locator("#mark").inner_text() == "last answer"
        page.mouse.move(*at(box, near))
        page.mouse.up()
        exact(page)
        assert page.locator("#mark").inner_text() == ""


def test_the_keyboard_alone_will_do(page):
    page.locator("body").focus()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("[document.activeElement.tagName, document.activeElement.id || document.activeElement.textContent.trim()].join(' ')"))
    assert [name for name in reached if name.startswith("INPUT")][:2] == ["INPUT c:weight:ann", "INPUT c:weight:ben"]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator("#scenario").focus()
    page.keyboard.press("ArrowDown")
    page.locator("#changes", has_text="Ben at his word").wait_for(timeout=LONG)
    exact(page)
    assert slider(page, "weight:ben").get_attribute("aria-valuetext") == "1, at its word"
    page.locator("#reset").focus()
    page.keyboard.press("Enter")
    page.locator("#no-changes").wait_for(timeout=LONG)


def test_every_control_has_a_name(page):
    unnamed = page.evaluate("""[...document.querySelectorAll("input, select, button")]
        .filter((one) => !(one.labels?.length && one.labels[0].textContent.trim()) && !one.textContent.trim()).map((one) => one.id)""")
    assert unnamed == []


def test_axe_finds_nothing_serious(page):
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert faults_of_access(page) == []


def test_a_narrow_window_needs_no_scrolling_sideways(page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("#entry", has_text="explored").wait_for(timeout=LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    moved(page, "weight:ann", "ArrowLeft")
    assert page.locator("#headline").is_visible()


def test_contrast_is_that_of_wcag_aa(page):
    """Of every text that is seen, its colour against the first background behind it."""
    pairs = page.evaluate("""[...document.querySelectorAll("body *")].filter((one) => one.offsetParent && !one.closest(":disabled") &&
        [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())).map((one) => {
          let behind = one;
          while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
          return [getComputedStyle(one).color, getComputedStyle(behind ?? document.body).backgroundColor, one.textContent.trim().slice(0, 30)];
        })""")
    assert len(pairs) > 50

    def light(colour):
        parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
        return sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in zip((0.2126, 0.7152, 0.0722), parts))

    for ink, paper, text in pairs:
        dark, bright = sorted((light(ink), light(paper)))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, (ink, paper, text)


def test_faults_are_shown_and_the_last_answer_stays(page, fence):
    good, text = headline(page), fence.read_text()
    fence.write_text(text.replace("length * price", "length * prize"))
    slider(page, "weight:ann").press("ArrowLeft")
    page.locator("#faults", has_text="has been saved since").wait_for(timeout=LONG)
    page.get_by_role("button", name="Read the file again").click()
    page.locator("#faults", has_text="prize").wait_for(timeout=LONG)
    (shown,) = page.locator("#fault-list li").all_inner_texts()
    assert shown in call("validate", fence).output.splitlines()
    assert headline(page) == good
    fence.write_text(text.replace("length * price", "2 * length * price"))
    page.get_by_role("button", name="Read the file again").click()
    page.locator("#faults").wait_for(state="hidden", timeout=LONG)
    exact(page)
    assert headline(page) != good
    assert page.locator("#changes", has_text="Ann").is_visible()  # what was moved stays


def test_two_pages_do_not_mix(page, browser, address):
    other = browser.new_page()
    other.goto(address)
    exact(other)
    first = headline(other)
    moved(page, "weight:ben", "End")
    moved(other, "weight:ann", "Home")
    assert page.locator("#changes tbody tr").count() == other.locator("#changes tbody tr").count() == 1
    assert headline(page) != headline(other)
    moved(other, "weight:ann", "Home", times=0)
    other.get_by_role("button", name="Reset to the file").click()
    other.locator("#no-changes").wait_for(timeout=LONG)
    exact(other)
    assert headline(other) == first
    other.close()


def test_a_reload_keeps_what_was_moved(page, browser, address):
    page.locator("#scenario").select_option("trust-ben")
    page.locator("#changes", has_text="Ben at his word").wait_for(timeout=LONG)
    exact(page)
    moved(page, "weight:ann", "Home")
    seen = headline(page), page.locator("#changes tbody").inner_text()
    page.reload()
    exact(page)
    assert (headline(page), page.locator("#changes tbody").inner_text()) == seen
    assert page.locator("#scenario").input_value() == "trust-ben"
    assert page.locator("#changes tbody tr").count() == 2
    other = browser.new_page()  # another person's
    other.goto(address)
    exact(other)
    assert other.locator("#no-changes").is_visible()
    other.close()


def test_another_token_and_another_page_get_nothing(browser, address):
    page = browser.new_page()
    assert page.goto(address.replace("token", "tokem")).status == 403
    page.route("http://elsewhere.test/", lambda route: route.fulfill(body="<p>elsewhere</p>", content_type="text/html"))
    page.goto("http://elsewhere.test/")
    got = page.evaluate("""(address) => fetch(address + "case", { method: "POST", headers: { "Content-Type": "text/plain" }, body: "{}" })
        .then((reply) => reply.text(), () => "refused")""", address)
    assert got == "refused"
    page.close()
