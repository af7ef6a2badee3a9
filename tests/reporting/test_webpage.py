"""The report as a page: what it holds, what it refuses to run, and in Chromium what switching shows. Nothing is sampled."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from grids import LEVELS, grid_of
from report_fits import BRIDGE, fit_of

from browsers import faults_of_access
from nkestimate.reporting import _data, _saved
from nkestimate.reporting.figures import pictures
from nkestimate.reporting.leads import titles
from nkestimate.reporting.states import Drawn
from nkestimate.reporting.story import Story
from nkestimate.reporting.webpage import inline_svg, page
from nkestimate.wording.numbers import PRINT, display

HOSTILE = (BRIDGE.replace("Ministry of Bridges", "</script><script>document.title='taken'</script>")
           .replace("{publisher: The Daily,", '{publisher: "<img src=x onerror=alert(1)>", url: "javascript:alert(1)",')
           .replace("label: Bridge length", 'label: "Length \\u202Eevil\\u202C 文字 \u05d0\u05d1"'))  # fmt: skip


@pytest.fixture(scope="module")
def story(bridge):
    return Story(bridge)


@pytest.fixture(scope="module")
def solid(story):
    return grid_of(story, LEVELS | {"one_at_a_time": ["sources", "claims"]})


@pytest.fixture(scope="module")
def html(story, solid, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    lost: list[str] = []
    drawn = _saved([one for one in pictures(story, lost) if one.section in ("time", "chains")], folder / "figures", lost)
    assert lost == []
    svgs = {path.name: path.read_text(encoding="utf-8") for path in (folder / "figures").glob("*.svg")}
    return page(story, _data(story, solid, drawn, lost), solid, svgs)


class Outline(HTMLParser):
    """Headings, ids, places and whether anything is fetched."""

    def __init__(self, html):
        super().__init__()
        self.levels, self.ids, self.addresses, self.tags = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [found[key] for key in ("src", "href") if key in found]


def test_it_is_one_file_that_asks_for_nothing(html):
    outline = Outline(html)
    assert not [one for one in outline.addresses if not one.startswith(("#", "https://", "http://"))]
    assert not {"img", "iframe", "object", "link", "form"} & set(outline.tags)
    assert "default-src 'none'" in html and "connect-src" not in html
    assert len(html) < 3_000_000


def test_headings_are_in_order_and_ids_are_single(html):
    outline = Outline(html)
    assert outline.levels[0] == 1 and outline.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:]))
    assert len(set(outline.ids)) == len(outline.ids)


def test_the_same_fit_gives_the_same_page(story, solid):
    data = _data(story, solid, [], [])
    assert page(story, data, solid) == page(Story(story.fit), data, solid)


def test_without_a_grid_or_with_a_stale_one_it_says_what_to_run(story, solid):
    import dataclasses

    data = _data(story, None, [], [])
    assert "run <code>nkestimate robustness CASE</code>" in page(story, data)
    stale = dataclasses.replace(solid, digest="sha256:0")
    told = page(story, _data(story, stale, [], []), stale)
    assert "earlier state of this case" in told and 'id="states"' not in told


def test_hostile_labels_are_text(tmp_path):
    story = Story(fit_of(HOSTILE, tmp_path))
    told = page(story, _data(story, None, [], []))
    assert told.count("<script") == 1 and "<img" not in told and "javascript:alert(1)" not in Outline(told).addresses
    assert "\u202e" not in told and "Length □evil□ 文字 \u05d0\u05d1" in told


def test_a_picture_leaves_what_stands_around_it_alone():
    svg = ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 10"><metadata>m</metadata><defs>'
           '<style>*{color:red}</style><path id="p1" d="M0.12345 1"/></defs><g id="g1" clip-path="url(#p1)"><use xlink:href="#p1"/></g></svg>')  # fmt: skip
    told = inline_svg(svg, "f7", 'a "b" <c>')
    assert "style>" not in told and "metadata" not in told and "g1" not in told
    assert 'id="f7-p1"' in told and 'href="#f7-p1"' in told and "url(#f7-p1)" in told and "M0.12 1" in told
    assert "&lt;c&gt;" in told


# ------------------------------------------------------------------ in a browser


@pytest.fixture
def opened(browser, html, tmp_path):
    """The page; it may ask for nothing and say nothing."""
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert said == [] and [one for one in asked if not one.startswith(("data:", path.as_uri()))] == []


in_a_browser = pytest.mark.xdist_group("chromium")


def words_at(page, place):
    return page.locator(f'[data-p="{place}"]').first.inner_text()


@in_a_browser
def test_a_switch_shows_the_grids_figures(opened, story, solid):
    own = {place: words_at(opened, place) for place in ("headline.median", "headline.ninety", "questions.0.words")}
    shown = display("million USD", "positive", story.quantiles("total_cost"), PRINT)
    opened.locator("label", has_text="coverage").locator("select").select_option(label="50%")
    row = next(row for row in solid.rows if row.variant.choices["coverage"] == 0.5 and row.variant.choices["pooling"] == "hierarchical")
    q = row.totals["total_cost"]["quantiles"]
    assert words_at(opened, "headline.median") == shown.value(q["0.5"]) != own["headline.median"]
    assert words_at(opened, "headline.ninety") == shown.range(q["0.05"], q["0.95"])
    assert row.variant.digest in opened.locator("#state").inner_text()
    opened.locator("#alone").select_option(label=solid.rows[-1].variant.label)  # what cannot be said
    assert words_at(opened, "headline.median") == "cannot be said"
    assert opened.locator("label", has_text="coverage").locator("select").input_value() == str(solid.levels["coverage"].index(0.9))
    opened.locator("#back").click()
    assert {place: words_at(opened, place) for place in own} == own


@in_a_browser
def test_a_figure_tells_what_it_rests_on_by_pointer_and_keyboard(opened):
    note = opened.locator(".rests:popover-open")
    figure = opened.locator('.answer button[data-p="headline.median"]')
    figure.hover()
    note.wait_for()
    assert "“1.2 to 1.5 km”" in note.inner_text() and "512" in note.inner_text()
    opened.keyboard.press("Escape")
    assert note.count() == 0
    opened.mouse.move(2, 2)
    opened.locator("body").press("Tab")
    for _ in range(3):
        opened.keyboard.press("Tab")
        if opened.evaluate("document.activeElement.matches('button.n')"):
            break
    note.wait_for()
    opened.keyboard.press("Escape")
    assert note.count() == 0


@in_a_browser
def test_axe_finds_nothing_serious_in_either_state(opened):
    assert faults_of_access(opened) == []
    opened.locator("#alone").select_option(index=1)
    opened.locator(".answer button.n").first.click()
    assert faults_of_access(opened) == []


@in_a_browser
def test_a_phone_needs_no_scrolling_sideways(opened):
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360


@in_a_browser
def test_without_scripts_it_is_a_plain_report(browser, html, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    for key in ("change", "totals", "forests", "questions", "method", "provenance"):
        assert titles()["titles"][key] in page.locator(f"#{key}").inner_text()
    assert not page.locator(".choices").is_visible() and page.locator(".unscripted").is_visible()
    page.locator('.answer button[data-p="headline.median"]').click()  # the browser itself opens the note
    assert page.locator(".rests:popover-open").count() == 1
    context.close()


def test_the_picture_stands_on_one_axis_with_every_variant(story, solid):
    drawn = Drawn(story, solid)
    assert len(drawn.picture["medians"]) == sum(row.median("total_cost") is not None for row in solid.rows)
    assert max(drawn.picture["curve"]) == 200 and 2 <= len(drawn.picture["ticks"]) <= 4
