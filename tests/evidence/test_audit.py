"""The audit of a case: on documents that the tests make, and on the shipped ones where they are at hand."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
import os
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from nkestimate.case import load_case
from nkestimate.cli import main
from nkestimate.errors import CaseError
from nkestimate.evidence.audit import audit_case
from nkestimate.evidence.suggest import suggestion

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "priors" / "north-korea-russia.yaml"

NEWS = """\
OSLO, 3 May 2031. The ministry said on Monday that between 1,200 and 1,500 guards were sent; the rival spoke of up to 2,000 guards.
Some $3.5 million was paid, or $2,000 a month for each of them. A third of it came late. The first convoy of MiG-29s left at 10:30.
Two ministers met. Thousands of shells followed, and 7 trains. The guards, the rival repeated, are as many as 2,000.
"""
ECHO = "By 2031 the ministry had 1,200-1,500 guards there. It is one of the largest camps. It paid $3.5m.\n"


def place(text, figures, skip=0):
    at = -1
    for _ in range(skip + 1):
        at = text.index(figures, at + 1)
    return {"figures": figures, "at": at}


def sections():
    def news(figures, skip=0):
        return {"document": "news", **place(NEWS, figures, skip)}

    def echo(figures):
        return {"document": "echo", **place(ECHO, figures)}

    return {
        "format": 1, "title": "Guards", "horizon": "2031-06-01",
        "documents": {"news": {"file": "news.txt", "published": "2031-05-03", "sha256": hashlib.sha256(NEWS.encode()).hexdigest()},
                      "echo": {"file": "echo.txt", "published": "2031-05-04", "sha256": hashlib.sha256(ECHO.encode()).hexdigest()}},
        "sources": {"ministry": {"weight": 0.8}, "rival": {"weight": 0.4}},
        "quantities": {"guards": {"unit": "person"}, "paid": {"unit": "million USD"}},
        "claims": {
            "ministry-guards": {"source": "ministry", "about": "guards", "between": [1200, 1500],
                                "reported_in": [news("between 1,200 and 1,500 guards"), echo("1,200-1,500 guards")]},
            "rival-guards": {"source": "rival", "about": "guards", "at_most": 2000,
                             "reported_in": [news("up to 2,000 guards"), news("as many as 2,000")]},
            "paid": {"source": "ministry", "about": "paid", "around": 3.5, "reported_in": [news("$3.5 million"), echo("$3.5m")]},
        },
        "excluded": [{**news("$2,000 a month"), "reason": "background"}, {**news("A third of it"), "reason": "timing"},
                     {**news("Thousands of shells"), "reason": "volume"}, {**news("7 trains"), "reason": "volume"}],
        "incidental": [{**news("Two ministers"), "reason": "who met"}],
    }  # fmt: skip


@pytest.fixture
def audited(tmp_path):
    """Write a case and its documents; return a function that audits it with other sections or texts."""

    def audited(plain=None, news=NEWS, echo=ECHO, documents=None):
        folder = documents or tmp_path / "copies"
        folder.mkdir(exist_ok=True)
        (folder / "news.txt").write_text(news, encoding="utf-8", newline="")
        (folder / "echo.txt").write_text(echo, encoding="utf-8", newline="")
        path = tmp_path / "case.yaml"
        path.write_text(dumped(plain or sections()), encoding="utf-8")
        return audit_case(path, folder)

    return audited


def reports(plain):
    """Every entry that says where figures stand, as a path into the sections."""
    for key, claim in plain["claims"].items():
        for i in range(len(claim["reported_in"])):
            yield ("claims", key, "reported_in", i)
    for section in ("excluded", "incidental"):
        for i in range(len(plain.get(section, ()))):
            yield (section, i)


def entry_at(plain, path):
    for key in path:
        plain = plain[key]
    return plain


def without(plain, path):
    changed = copy.deepcopy(plain)
    del entry_at(changed, path[:-1])[path[-1]]
    return changed


# ---------------------------------------------------------------- what holds


def test_a_whole_case_passes(audited):
    done = audited()
    assert not done.faults
    assert not done.unaccounted
    assert not done.warnings
    assert done.ok
    assert done.total == {"claimed": 6, "excluded": 4, "incidental": 7, "unaccounted": 0}
    assert sum(done.tally["echo"].values()) == 4
    rows = {(row.document, row.phrase): row for row in done.rows}
    assert rows["news", "as many as 2,000"].claim == "rival-guards"
    assert rows["news", "Two ministers"].reason == "who met"
    assert rows["news", "3 May 2031"].rule == "date"


@pytest.mark.parametrize("path", list(reports(sections())), ids=lambda path: ".".join(map(str, path)))
def test_without_any_one_entry_it_fails_and_names_the_phrase(audited, path):
    entry = entry_at(sections(), path)
    done = audited(without(sections(), path))
    assert not done.ok
    assert [(row.document, row.at <= entry["at"] + len(entry["figures"])) for row in done.unaccounted] == [(entry["document"], True)]
    (row,) = done.unaccounted
    assert {*re.findall(r"[\d,.]+\d|\d|[Tt]wo|third|Thousands", row.phrase)} == {*re.findall(r"[\d,.]+\d|\d|[Tt]wo|third|Thousands", entry["figures"])}


@pytest.mark.parametrize("path", list(reports(sections())), ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("step", [-1, 1, 40])
def test_an_offset_that_is_off_is_a_fault_that_names_the_right_one(audited, path, step):
    plain = sections()
    entry = entry_at(plain, path)
    right, entry["at"] = entry["at"], max(0, entry["at"] + step)
    if entry["at"] == right:
        pytest.skip("it stands at 0")
    done = audited(plain)
    assert not done.ok
    (fault,) = done.faults
    assert f"does not stand at {entry['at']}" in fault.problem
    assert fault.hint == f"it stands at {right}"
    assert fault.path.startswith(path[0])
    assert done.unaccounted


@pytest.mark.parametrize("path", [path for path in reports(sections()) if re.search(r"\d", entry_at(sections(), path)["figures"])],
                         ids=lambda path: ".".join(map(str, path)))  # fmt: skip
def test_any_other_digit_in_the_case_fails(audited, path):
    for match in re.finditer(r"\d", entry_at(sections(), path)["figures"]):
        plain = sections()
        entry = entry_at(plain, path)
        digit = str((int(match[0]) + 1) % 10)
        entry["figures"] = entry["figures"][: match.start()] + digit + entry["figures"][match.end() :]
        done = audited(plain)
        assert not done.ok
        assert "to the letter" in done.faults[0].hint


def test_any_other_digit_in_a_document_fails(audited):
    for match in re.finditer(r"\d", NEWS):
        digit = str((int(match[0]) + 1) % 10)
        done = audited(news=NEWS[: match.start()] + digit + NEWS[match.end() :])
        assert any("digest" in fault.problem for fault in done.faults), match
        assert not done.ok


# ---------------------------------------------------------------- owners


def test_each_offset_has_one_owner(audited):
    plain = sections()
    plain["excluded"].append({**plain["claims"]["paid"]["reported_in"][0], "reason": "again"})
    (fault,) = audited(plain).faults
    assert "belongs to claims.paid.reported_in[0] already" in fault.problem


@pytest.mark.parametrize(("figures", "cut"), [("$3.5", "3.5 million"), ("3.5 mil", "3.5 million"), ("1,2", "1,200")])
def test_a_number_cut_in_two_is_a_fault(audited, figures, cut):
    plain = sections()
    del plain["claims"]["paid"]
    del plain["claims"]["ministry-guards"]
    plain["excluded"].append({"document": "news", **place(NEWS, figures), "reason": "cut"})
    assert f"cuts '{cut}' in two" in " ".join(fault.problem for fault in audited(plain).faults)


def test_half_a_range_leaves_the_other_half_unaccounted(audited):
    plain = sections()
    plain["claims"]["ministry-guards"]["reported_in"][1] = {"document": "echo", **place(ECHO, "1,200")}
    done = audited(plain)
    assert [(row.document, row.phrase) for row in done.unaccounted] == [("echo", "1,500")]
    assert "around: 1500\n" in suggestion(done.unaccounted[0])


def test_half_a_date_leaves_the_other_half_incidental(audited):
    plain = sections()
    plain["excluded"].append({"document": "news", **place(NEWS, "3 May"), "reason": "a test"})
    done = audited(plain)
    assert done.ok
    assert [(row.phrase, row.status) for row in done.rows if row.document == "news" and row.at < 20] == [("3", "excluded"), ("2031", "incidental")]


def test_a_claim_on_words_that_hold_no_number_is_a_row(audited):
    plain = sections()
    plain["excluded"].append({"document": "news", **place(NEWS, "came late"), "reason": "late"})
    done = audited(plain)
    assert done.ok
    assert [row.status for row in done.rows if row.phrase == "came late"] == ["excluded"]


def test_a_claim_may_own_what_a_rule_calls_incidental(audited):
    plain = sections()
    plain["excluded"].append({"document": "news", **place(NEWS, "MiG-29s"), "reason": "a count of types"})
    done = audited(plain)
    assert done.ok
    assert [row.status for row in done.rows if "MiG" in row.phrase] == ["excluded"]


# ---------------------------------------------------------------- documents


def test_copies_are_known_by_their_digest(audited, tmp_path):
    audited()
    (tmp_path / "copies" / "news.txt").rename(tmp_path / "copies" / "saved.txt")
    assert audit_case(tmp_path / "case.yaml", tmp_path / "copies").ok


def test_a_missing_document_is_a_fault(audited, tmp_path):
    audited()
    (tmp_path / "copies" / "news.txt").unlink()
    done = audit_case(tmp_path / "case.yaml", tmp_path / "copies")
    (fault,) = done.faults
    assert fault.path == "documents.news.file"
    assert "'news.txt' is not in" in fault.problem
    assert {row.document for row in done.rows} == {"echo"}


def test_a_document_without_a_digest_is_a_fault_that_states_it(audited):
    plain = sections()
    digest = plain["documents"]["news"].pop("sha256")
    (fault,) = audited(plain).faults
    assert digest in fault.hint


def test_line_ends_are_not_normalised(audited):
    crlf = NEWS.replace("\n", "\r\n")
    plain = sections()
    plain["documents"]["news"]["sha256"] = hashlib.sha256(crlf.encode()).hexdigest()
    done = audited(plain, news=crlf)
    assert not done.ok
    assert all("does not stand at" in fault.problem for fault in done.faults)


@pytest.mark.parametrize(("gap", "name", "written"), [
    ("\n", "a line end", "\\n"), ("\r\n", "a line end", "\\r\\n"), ("  ", "several spaces", "  "), ("\u00a0", "a no-break space", "\\_"),
    (" \n\t", "a line end and a tab", " \\n\\t"),
])  # fmt: skip
@pytest.mark.parametrize("step", [0, 3, None])
def test_other_whitespace_between_the_words_is_told(audited, gap, name, written, step):
    news = NEWS.replace("up to 2,000 guards", f"up{gap}to 2,000 guards")
    plain = sections()
    entry = plain["claims"]["rival-guards"]["reported_in"][0]
    at = entry["at"]
    plain["documents"]["news"]["sha256"] = hashlib.sha256(news.encode()).hexdigest()
    entry.update(at=at + step) if step is not None else entry.pop("at")
    (fault,) = [fault for fault in audited(plain, news=news).faults if "'up to 2,000 guards'" in fault.problem]
    assert name in fault.hint
    line = f'{{figures: "up{written}to 2,000 guards", at: {at}}}'
    assert line in fault.hint
    entry.update(yaml.safe_load(line))
    assert not any("2,000 guards" in fault.problem for fault in audited(plain, news=news).faults)


def test_words_that_stand_elsewhere_to_the_letter_are_told_with_the_whitespace_at_their_offset(audited):
    plain = sections()
    news = NEWS.replace("up to 2,000 guards", "up\nto 2,000 guards") + "It had up to 2,000 guards.\n"
    plain["documents"]["news"]["sha256"] = hashlib.sha256(news.encode()).hexdigest()
    (fault,) = audited(plain, news=news).faults
    assert 'write {figures: "up\\nto 2,000 guards"' in fault.hint


def test_words_that_are_part_of_others_do_not_stand_there(audited):
    plain = sections()
    plain["excluded"].append({"document": "news", "figures": "1\n500", "at": 0, "reason": "x"})
    (fault,) = audited(plain).faults
    assert "does not hold these words" in fault.hint


def test_a_file_that_is_no_text(audited, tmp_path):
    plain = sections()
    content = b"\xff\xfe 12"
    plain["documents"]["echo"]["sha256"] = hashlib.sha256(content).hexdigest()
    audited(plain)
    (tmp_path / "copies" / "echo.txt").write_bytes(content)
    done = audit_case(tmp_path / "case.yaml", tmp_path / "copies")
    assert any("no UTF-8" in fault.problem for fault in done.faults)


# ---------------------------------------------------------------- faults of the case


def test_it_works_while_the_model_has_faults(audited, tmp_path):
    plain = sections()
    plain["quantities"]["guards"] = {"unit": "no such unit", "prior": "Nonsense(1)"}
    plain["derived"] = {"loop": {"expr": "loop * nothing"}}
    plain["questions"] = {"q": {"ask": "what?"}}
    plain["sources"]["ministry"] = {"weight": 7}
    del plain["title"]
    done = audited(plain)
    assert done.ok
    with pytest.raises(CaseError):
        load_case(tmp_path / "case.yaml")


def test_faults_of_the_evidence_are_told_all_at_once(audited):
    plain = sections()
    plain["claims"]["paid"]["arround"] = 3
    plain["claims"]["rival-guards"]["at_least"] = 5
    plain["excluded"][0]["document"] = "nwes"
    plain["incidental"][0].pop("reason")
    done = audited(plain)
    told = "\n".join(map(str, done.faults))
    for part in ("claims.paid.arround: unknown key 'arround'", "claims.rival-guards: the claim states at_most and at_least",
                 "excluded[0].document: unknown document 'nwes'", "incidental[0].reason: 'reason' is missing"):
        assert part in told
    # What the claim at fault says about its places still counts.
    assert {row.phrase for row in done.unaccounted} == {"$2,000 a month", "Two ministers"}


def test_places_need_words_and_offset(audited):
    plain = sections()
    plain["excluded"][1].pop("at")
    plain["claims"]["paid"]["reported_in"][0].pop("figures")
    plain["claims"]["paid"]["reported_in"][1] = {"document": "echo"}
    told = [fault.problem for fault in audited(plain).faults]
    assert sorted(told) == ["'A third of it' has no offset", "an offset without the words that stand there"]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(CaseError, match="does not exist"):
        audit_case(tmp_path / "none.yaml", tmp_path)
    (tmp_path / "case.yaml").write_text("include: none.yaml\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"no file 'none\.yaml'"):
        audit_case(tmp_path / "case.yaml", tmp_path)


# ---------------------------------------------------------------- the command


@pytest.fixture
def call(audited, tmp_path):
    def call(*arguments, plain=None):
        audited(plain)
        return CliRunner().invoke(main, ["audit", str(tmp_path / "case.yaml"), "--documents", str(tmp_path / "copies"), *arguments])

    return call


def test_text(call):
    result = call()
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len([line for line in lines if line.startswith(("news ", "echo "))]) == 17 + 2
    assert re.search(r"^echo +\d+ +1,200-1,500 guards +claimed +ministry-guards$", result.stdout, re.MULTILINE)
    assert lines[-1].split() == ["total", "6", "4", "7", "0", "17"]


def test_unaccounted_is_told_and_ends_with_1(call):
    result = call(plain=without(sections(), ("claims", "paid", "reported_in", 0)))
    assert result.exit_code == 1
    assert re.search(r"^news +\d+ +Some \$3\.5 million +UNACCOUNTED$", result.stdout, re.MULTILINE)
    assert "1 numeric phrase is unaccounted for." in result.stderr


def test_nothing_of_a_document_is_printed_but_phrases(call):
    for arguments in ([], ["--format", "json"], ["--format", "csv"], ["--suggest"], ["--suggest", "--format", "json"]):
        result = call(*arguments, plain=without(sections(), ("excluded", 1)))
        assert not set(re.findall(r"\w+", result.output)) & {"OSLO", "Monday", "spoke", "late", "followed", "repeated", "camps"}


def test_json_and_csv_hold_the_same_rows(call):
    whole = json.loads(call("--format", "json").stdout)
    assert whole["ok"]
    assert whole["total"]["claimed"] == 6
    rows = list(csv.DictReader(call("--format", "csv").stdout.splitlines()))
    assert [(row["document"], int(row["at"]), row["phrase"], row["status"], row["claim"], row["reason"]) for row in rows] == [
        (row["document"], row["at"], row["phrase"], row["status"], row["claim"], row["reason"]) for row in whole["rows"]]
    texts = {"news": NEWS, "echo": ECHO}
    assert all(texts[row["document"]][row["at"] :].startswith(row["phrase"]) for row in whole["rows"])


def test_faults_go_to_stderr_in_the_house_style(call):
    plain = sections()
    plain["excluded"][0]["at"] += 1
    result = call(plain=plain)
    assert result.exit_code == 1
    assert re.search(r"^\S*case\.yaml:\d+: excluded\[0\]: '\$2,000 a month' does not stand at \d+; expected .*; it stands at \d+$", result.stderr, re.MULTILINE)
    assert "1 fault." in result.stderr


def test_documents_are_required(call, tmp_path):
    result = CliRunner().invoke(main, ["audit", str(SHIPPED)], env={"NKESTIMATE_DOCUMENTS": ""})
    assert result.exit_code == 2
    assert "--documents" in result.output
    call()
    result = CliRunner().invoke(main, ["audit", str(tmp_path / "case.yaml")], env={"NKESTIMATE_DOCUMENTS": str(tmp_path / "copies")})
    assert result.exit_code == 0


# ---------------------------------------------------------------- the shipped case


@pytest.fixture(scope="module")
def folder():
    path = os.environ.get("NKESTIMATE_DOCUMENTS")
    if not path:
        pytest.skip("NKESTIMATE_DOCUMENTS names no folder with the five documents")
    return Path(path)


def listed():
    with (ROOT / "tests" / "data" / "numeric_phrases.csv").open(encoding="utf-8", newline="") as file:
        return [(row["document"], int(row["at"]), row["figures"], row["kind"]) for row in csv.DictReader(file)]


# Number words as a reader knows them, apart from the finder's own.
NUMERIC = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|dozen|hundred|thousands?|millions?|billions?|decades?|first|second|third|fifth)\b",
                     re.IGNORECASE)  # fmt: skip


def test_the_shipped_case_passes(folder):
    done = audit_case(SHIPPED, folder)
    assert done.ok, [*map(str, done.faults), *done.unaccounted]
    assert not done.warnings
    assert set(done.tally) == set(load_case(SHIPPED).documents)
    result = CliRunner().invoke(main, ["audit", str(SHIPPED), "--documents", str(folder)])
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_nothing_of_the_hand_written_list_is_missed(folder):
    done = audit_case(SHIPPED, folder)
    for document, at, figures, kind in listed():
        spans = [row for row in done.rows if row.document == document and row.at < at + len(figures) and at < row.at + len(row.phrase)]
        # "Last year" and "both" are in the list, but hold no number.
        assert spans or not NUMERIC.search(figures), (document, at, figures)
        if kind == "statement":
            assert {row.status for row in spans} <= {"claimed", "excluded"}, figures


def test_nothing_is_found_that_the_hand_written_list_does_not_know(folder):
    known = listed()
    for row in audit_case(SHIPPED, folder).rows:
        assert any(row.document == d and row.at < at + len(f) and at < row.at + len(row.phrase) for d, at, f, _ in known), row


EVIDENCE = yaml.load((ROOT / "seeds" / "evidence.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)


def shipped_sections():
    return copy.deepcopy(EVIDENCE)


def dumped(plain):
    """By libyaml, in which it takes a tenth of the time."""
    return yaml.dump(plain, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True)


@pytest.mark.parametrize("path", list(reports(shipped_sections())), ids=lambda path: ".".join(map(str, path)))
def test_the_shipped_case_fails_without_any_one_entry(folder, tmp_path, path):
    entry = entry_at(shipped_sections(), path)
    at, figures = int(entry["at"]), entry["figures"]
    file = tmp_path / "case.yaml"
    file.write_text(dumped(without(shipped_sections(), path)), encoding="utf-8")
    done = audit_case(file, folder)
    assert not done.ok
    rows = [row for row in done.unaccounted if row.document == entry["document"] and row.at < at + len(figures) and at < row.at + len(row.phrase)]
    assert rows and rows == list(done.unaccounted)
    assert all(re.search(rf"(?<!\d){re.escape(number)}(?!\d)", rows[0].phrase) for number in re.findall(r"\d[\d,.]*\d|\d", figures))


@pytest.mark.parametrize("path", list(reports(shipped_sections())), ids=lambda path: ".".join(map(str, path)))
def test_the_shipped_case_fails_with_any_other_offset_or_digit(folder, tmp_path, path):
    for change in ("at", "digit"):
        plain = shipped_sections()
        entry = entry_at(plain, path)
        if change == "at":
            entry["at"] = str(int(entry["at"]) + 1)
        elif match := re.search(r"\d", entry["figures"]):
            entry["figures"] = entry["figures"].replace(match[0], str((int(match[0]) + 1) % 10), 1)
        else:
            continue
        file = tmp_path / "case.yaml"
        file.write_text(dumped(plain), encoding="utf-8")
        done = audit_case(file, folder)
        assert len(done.faults) == 1
        assert done.unaccounted


def test_a_claim_a_thousand_times_its_figure_is_a_fault(tmp_path):
    words = "Some 300 GWh a year went into it."
    (tmp_path / "d.txt").write_text(words, encoding="utf-8")
    plain = {"documents": {"d": {"file": "d.txt", "sha256": hashlib.sha256(words.encode()).hexdigest()}}, "sources": {"a": {"weight": 1}},
             "claims": {"x": {"source": "a", "about": "use", "around": 300, "unit": "TWh/year",
                              "reported_in": [{"document": "d", "figures": "Some 300 GWh a year", "at": 0}]}}}  # fmt: skip
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    slipped = audit_case(path, tmp_path)
    assert not slipped.ok
    assert "10^3 times what is printed" in str(slipped.faults[0])
    path.write_text(yaml.safe_dump(plain).replace("TWh", "GWh"), encoding="utf-8")
    assert audit_case(path, tmp_path).ok
