"""Drafts of texts: all figures are in them, all that is left to do is told, and a draft that is filled in is a case.

The paragraphs of tests/data were written and labelled by readers who had not seen this code.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from command_line import call
from nkestimate.case import load_case
from nkestimate.errors import CaseError
from nkestimate.evidence.audit import audit_case
from nkestimate.fitting import runs

DATA = Path(__file__).parents[1] / "data"
PAGE = (Path(__file__).parents[2] / "docs" / "from-texts.md").read_text(encoding="utf-8")
TEXTS = dict(re.findall(r"`(\w+\.txt)`:\n\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
YAML = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TOLD = re.findall(r"^```text\n(ferry/case.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def drafted(tmp_path, monkeypatch):
    """Write texts and have a draft made of them; return the command's result."""
    monkeypatch.chdir(tmp_path)

    def drafted(texts, folder="ferry"):
        Path("my-texts").mkdir(exist_ok=True)
        for name, text in texts.items():
            Path("my-texts", name).write_text(text, encoding="utf-8", newline="")
        return call("init", folder, "--from-documents", "my-texts")

    return drafted


def filled(text):
    """Return a draft with something in place of each TODO, as a hasty author would put it."""
    text = text.replace("TODO_", "unknown_").replace("prior: TODO", 'prior: "Normal(0, 1)"' if "support: real, prior" in text else 'prior: "LogNormal(0, 1)"')
    for key, value in (("published", "2025-01-01"), ("horizon", "2025-02-01"), ("weight", "0.5")):
        text = text.replace(f"{key}: TODO", f"{key}: {value}")
    return text.replace("TODO: ", "").replace(": TODO", ": something")


def test_a_draft_of_unseen_texts_accounts_for_all_figures_and_is_a_case_once_filled(drafted):
    rows = [json.loads(line) for line in (DATA / "fresh_general.jsonl").read_text(encoding="utf-8").splitlines()]
    assert drafted({f"{row['id']}.txt": row["text"] for row in rows}).exit_code == 0
    with pytest.raises(CaseError) as caught:
        load_case("ferry/case.yaml")
    assert [str(fault) for fault in caught.value.faults if not fault.problem.startswith("still TODO")] == []
    done = audit_case("ferry/case.yaml", "ferry/texts")
    assert done.ok, [*map(str, done.faults), *done.unaccounted]
    # Each labelled statement is a claim's or, where no claim can state it, excluded; but for what the finder misses (docs/audit.md).
    places = {(row.document, at) for row in done.rows if row.status in ("claimed", "excluded") for at in range(row.at, row.at + len(row.phrase))}
    labels = [(row["id"].lower(), one["core_at"]) for row in rows for one in row["phrases"] if one["kind"] == "statement"]
    assert len(labels) > 100
    assert sum(label in places for label in labels) > 0.97 * len(labels)
    text = filled(Path("ferry/case.yaml").read_text(encoding="utf-8"))
    Path("filled.yaml").write_text(text, encoding="utf-8")
    assert len(load_case("filled.yaml").claims) > 100


def test_the_page_is_as_it_says(drafted):
    result = drafted(TEXTS)
    assert result.exit_code == 0, result.output
    text = Path("ferry/case.yaml").read_text(encoding="utf-8")
    shared, whole = YAML
    assert shared in text
    told = call("validate", "ferry/case.yaml")
    assert told.exit_code == 1
    assert set(TOLD[0].splitlines()) <= set(told.stderr.splitlines())
    assert call("audit", "ferry/case.yaml", "--documents", "ferry/texts").exit_code == 0
    draft = yaml.load(text, yaml.BaseLoader)
    Path("ferry/case.yaml").write_text(whole, encoding="utf-8")
    assert call("validate", "ferry/case.yaml").exit_code == 0
    assert call("audit", "ferry/case.yaml", "--documents", "ferry/texts").exit_code == 0
    case = yaml.load(whole, yaml.BaseLoader)
    assert {key: one["sha256"] for key, one in draft["documents"].items()} == {key: one["sha256"] for key, one in case["documents"].items()}
    figures = [sorted((report["document"], report["at"]) for claim in one["claims"].values() for report in claim["reported_in"]) for one in (draft, case)]
    assert figures[0] == sorted([*figures[1], *((left["document"], str(left["at"])) for left in case["excluded"])])


@pytest.mark.slow
def test_the_page_runs_to_its_headline(drafted):
    drafted(TEXTS)
    Path("ferry/case.yaml").write_text(YAML[1], encoding="utf-8")
    assert call("run", "ferry/case.yaml", "--out", "ferry", "--no-report").exit_code == 0
    summary = json.loads(Path("ferry/summary.json").read_text(encoding="utf-8"))
    stated = float(re.search(r"headline is about ([\d.]+) million", PAGE)[1])
    assert summary["derived"]["fares"]["quantiles"]["0.5"] == pytest.approx(stated, abs=0.1)


def test_nothing_is_overwritten_and_the_originals_stay(drafted):
    assert drafted(TEXTS).exit_code == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    again = drafted(TEXTS)
    assert again.exit_code == 1 and "ferry/case.yaml" in again.stderr
    Path("other/texts").mkdir(parents=True)
    Path("other/texts/port.txt").write_text("mine")
    assert drafted(TEXTS, "other").exit_code == 1
    assert sorted(path.name for path in Path("other").rglob("*")) == ["port.txt", "texts"]
    assert {path: path.read_bytes() for path in before} == before


def test_texts_may_stand_where_their_copies_would(drafted):
    Path("ferry/texts").mkdir(parents=True)
    Path("ferry/texts/port.txt").write_text(TEXTS["port.txt"], encoding="utf-8", newline="")
    assert call("init", "ferry", "--from-documents", "ferry/texts").exit_code == 0
    assert sorted(path.name for path in Path("ferry").rglob("*")) == ["case.schema.json", "case.yaml", "port.txt", "texts"]


def test_what_can_not_be_read_leaves_nothing_behind(drafted):
    result = drafted({**TEXTS, "scan.pdf": "no PDF", "void.txt": ""})
    assert result.exit_code == 1
    assert result.stderr.count("my-texts/") == 2 and "2 faults" in result.stderr
    assert not Path("ferry").exists()


def test_a_failure_while_writing_leaves_nothing_behind(drafted, monkeypatch):
    whole = runs.write_bytes

    def fails(path, content):
        if path.name == "case.yaml":
            raise OSError(28, "No space left on device", str(path))
        whole(path, content)

    monkeypatch.setattr(runs, "write_bytes", fails)
    result = drafted(TEXTS)
    assert result.exit_code == 1 and "No space left" in result.stderr
    assert [path for path in Path("ferry").rglob("*") if path.is_file()] == []


def test_a_page_becomes_a_text_whose_offsets_hold_and_whose_original_stays(drafted):
    page = ("<html><head><title>Ferry</title></head><body><article><p>The ferry carried 412,000 pas&shy;sengers in 2024, the port said, and that is a "
            "record for the line to Holm.</p></article></body></html>")
    result = drafted({"page.html": page})
    assert result.exit_code == 0 and "page.html as page.txt" in " ".join(result.output.split())
    text = Path("ferry/case.yaml").read_text(encoding="utf-8")
    import hashlib

    assert hashlib.sha256(page.encode()).hexdigest() in "".join(re.findall(r"^    # +(.*)$", text, re.MULTILINE)).replace(" ", "")
    assert audit_case("ferry/case.yaml", "ferry/texts").ok
    (claim,) = yaml.load(text, yaml.BaseLoader)["claims"].values()
    (report,) = claim["reported_in"]
    assert Path("ferry/texts/page.txt").read_text(encoding="utf-8")[int(report["at"]) :].startswith("412,000 passengers")
    assert Path("my-texts/page.html").read_text(encoding="utf-8") == page


def test_texts_can_not_steer_yaml_or_the_terminal(drafted):
    nasty = 'Title: {a: "b"} #\u202e\n2024-01-01\n\nIt cost 40 dollars\u2028quantities: {x: 1}\x85]\x1b[0m "# \ufffe: TODO - a day.\n'
    result = drafted({"na: sty #'\".txt": nasty})
    assert result.exit_code == 0
    text = Path("ferry/case.yaml").read_text(encoding="utf-8")
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert set(yaml.safe_load(text)["quantities"]) == {"TODO_USD_per_day"} or set(yaml.safe_load(text)["quantities"]) == {"TODO_USD", "TODO_number"}
    assert audit_case("ferry/case.yaml", "ferry/texts").ok


def test_texts_without_figures_are_told(drafted):
    result = drafted({"a.txt": "No number at all stands here."})
    assert result.exit_code == 1 and "no figure in the texts" in result.stderr


def test_a_claim_is_dated_by_a_past_year_of_its_sentence(drafted):
    """Published in 2025, so that neither its own year nor a later one is proposed; nor one for which two texts differ."""
    drafted({"a.md": "# The ferry\n5 March 2025\n\nIn 2024 it carried 412,000 people. It will carry 500,123 people in 2027. It carried 90,123 people in "
                     "2025. In 2022 it carried 77,123 people.\n",
             "b.txt": "Ferries\n7 March 2025\n\nIt carried 77,123 people in 2023.\n"})  # fmt: skip
    plain = yaml.safe_load(Path("ferry/case.yaml").read_text(encoding="utf-8"))
    assert plain["documents"]["a"]["title"] == "The ferry"
    assert {str(claim["around"]): str(claim.get("as_of")) for claim in plain["claims"].values()} == {
        "412000": "2024-12-31", "500123": "None", "90123": "None", "77123": "None"}
