"""Tables of claims: the same case, and the same faults, as in YAML; nothing lost on the way out and in."""

from __future__ import annotations

import csv
import io

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nkestimate.case import STARTER, load_case
from nkestimate.case.table import COLUMNS, lost_in, numbered, table_of
from nkestimate.errors import CaseError
from nkestimate.text import as_csv
from nkestimate.workbook import workbook

HEAD = """title: t
horizon: 2024-06-30
sources: {s: {weight: 0.5}, u: {weight: 1}}
documents: {d: {published: 2023-01-01}, e: {published: 2023-02-01}}
quantities: {q: {unit: km}, r: {unit: km}, f: {support: fraction}}
"""
CLAIMS = """claims:
  span: {source: s, about: q, between: [1.2, 1.5], as_of: 2023-05-01, note: "two, three",
         reported_in: [{document: d, figures: =five, at: 12}, {document: e, figures: about five}]}
  either: {source: u, around: 3, within: 5%, unit: m, readings: [{about: q, weight: 0.4}, {about: r, weight: 0.6, unit: km}]}
  spread: {source: s, about: r, quantiles: {0.1: 2, 0.9: 4}, weight: 0.3}
  polled: {source: u, about: f, counted: 2 of 199}
  bound: {source: u, about: q, at_most: 11000}
"""
TABLE = """id;source;about;reading;reading_weight;reading_unit;between_low;between_high;around;within;quantile_0.1;quantile_0.9;counted;at_most;unit;as_of;weight;document;figures;at;note
span;s;q;;;;1.2;1.5;;;;;;;;2023-05-01;;d;'=five;12;two, three
span;;;;;;;;;;;;;;;;;e;about five;;

either;u;;q;0.4;;;;3;5%;;;;;m;;;;;;
either;u;;r;0.6;km;;;3;;;;;;;;;;;;
 spread ;s;r;;;;;;;;2;4;;;;;0.3;;;;
polled;u;f;;;;;;;;;;2 of 199;;;;;;;;
bound;u;q;;;;;;;;;;;11000;;;;;;;
"""


def with_table(folder, text, name="claims.csv", encoding="utf-8"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    (folder / "case.yaml").write_text(HEAD + f"include: {name}\n", encoding="utf-8")
    return folder / "case.yaml"


def told(path):
    with pytest.raises(CaseError) as caught:
        load_case(path)
    return [str(fault).replace(str(path.parent) + "/", "") for fault in caught.value.faults]


@pytest.mark.parametrize("text, encoding", [(TABLE, "utf-8"), (TABLE, "utf-8-sig"), (TABLE.replace("\n", "\r\n"), "utf-8"), (TABLE.replace(";", "\t"), "utf-8")])
def test_a_table_is_the_same_case_as_yaml(tmp_path, text, encoding):
    (tmp_path / "yaml.yaml").write_text(HEAD + CLAIMS, encoding="utf-8")
    assert load_case(with_table(tmp_path, text, encoding=encoding)).digest == load_case(tmp_path / "yaml.yaml").digest


def test_a_workbook_is_the_same_case_and_its_dates_and_numbers_are_read_as_shown(tmp_path):
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("other").write(0, 0, "nothing here")
        sheet, day = book.add_worksheet("Claims"), book.add_format({"num_format": "yyyy-mm-dd"})
        from datetime import date

        for i, row in enumerate(csv.reader(io.StringIO(TABLE), delimiter=";")):
            for j, cell in enumerate(row):
                if cell == "2023-05-01":
                    sheet.write_datetime(i, j, date(2023, 5, 1), day)
                elif cell == "1.2":
                    sheet.write_formula(i, j, "=1.1+0.1", value=1.2000000000000002)
                elif cell.replace(".", "").isdigit():
                    sheet.write_number(i, j, float(cell))
                elif cell:
                    sheet.write_string(i, j, cell.removeprefix("'"))
    (tmp_path / "yaml.yaml").write_text(HEAD + CLAIMS, encoding="utf-8")
    assert load_case(with_table(tmp_path, file.getvalue(), "claims.xlsx")).digest == load_case(tmp_path / "yaml.yaml").digest


FAULTY = {
    "a": {"source": "s", "about": "q", "around": "1,200", "weight": "7"}, "b": {"source": "nobody", "about": "nothing", "between": ["5", "4"]},
    "c": {"source": "s", "about": "q"}, "d": {"about": "q", "around": "5", "at_most": "7", "as_of": "24 May"},
    "e": {"source": "s", "around": "5", "readings": [{"about": "q", "weight": "0.4"}, {"about": "r", "weight": "0.4"}]},
    "f f": {"source": "s", "about": "q", "quantiles": {"0.1": "5", "0.2": "3"}, "reported_in": [{"document": "d", "at": "-1"}, {"document": "z"}]},
    "g": {"source": "s", "about": "q", "counted": "2 of 3", "estimate": "4", "magnitude": "some", "supersedes": "h", "coverage": "1", "unit": "kg"},
}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_faults_are_those_of_yaml_with_the_row_they_stand_in(tmp_path, form):
    (tmp_path / "yaml.yaml").write_text(HEAD + yaml.safe_dump({"claims": FAULTY}, sort_keys=False), encoding="utf-8")
    expected = told(tmp_path / "yaml.yaml")
    columns, rows = table_of(FAULTY)
    content = (as_csv(columns, rows) + "\n").encode() if form == "csv" else workbook({"claims": [columns, *(numbered(columns, row) for row in rows)]})
    found = told(with_table(tmp_path, content, f"claims.{form}"))
    place = "claims.csv:" if form == "csv" else "claims.xlsx[claims]:"
    assert sorted(one.split(": ", 1)[1] for one in found) == sorted(one.split(": ", 1)[1] for one in expected)
    assert len(found) > 12
    first, inside = {}, {}
    for number, row in enumerate(rows, 2):
        first.setdefault(row[0], number)
        inside.setdefault(row[0], set()).add(number)
    for one in found:
        if one.startswith(place):
            line, path, _ = one.removeprefix(place).split(": ", 2)
            key = path.split(".")[1]
            assert int(line) in inside[key]
            assert int(line) == first[key] or "reported_in[1]" in path or "readings[1]" in path
        else:
            assert one.startswith("case.yaml:")  # a quantity that nothing supports


@pytest.mark.parametrize("text, said", [
    ("", "claims.csv:1: (top): the table is empty"),
    ("source,about\ns,q\n", "claims.csv:1: (top): there is no column 'id'"),
    ("id,sorce\na,s\n", "did you mean 'source'?"),
    ("id,between\na,5\n", "it has several columns: between_low, between_high"),
    ("id,source,source\na,s,s\n", "the column 'source' stands twice"),
    ("id,,source\na,,s\n", "column 2 has no name"),
    ("id,source,about,around\na,s,q,5,6\n", "claims.csv:2: (top): the row has 5 cells; expected 4"),
    ("id,source,about,around\na,s,q,5\n,s,q,6\n", "claims.csv:3: claims: the row has no id"),
    ("id,source,about,around\na,s,q,5\na,s,q,5\n", "claims.csv:3: claims.a: 'a' stands twice"),
    ("id,source,about,around,document\na,s,q,5,d\na,s,q,6,e\n", "claims.csv:3: claims.a.around: '6' here, '5' in claims.csv:2"),
    ('id,source,note\na,s,"x\ny"\nb,"s\n', "claims.csv:4: (top): this is not CSV"),
    (b"id,source\na,s\xff\n", "claims.csv:2: (top): byte 13 is not UTF-8"),
    ("id,source,about,around,note\na,s,q,5,\x1b[31m\n", "claims.csv:2: (top): the character U+001B is no text"),
    ("id,source,about,between_low\na,s,q,5\n", "claims.csv:2: claims.a.between: nothing stands here"),
])  # fmt: skip
def test_what_is_wrong_with_a_table_itself_is_told_with_its_line(tmp_path, text, said):
    name = with_table(tmp_path, text)
    found = [one for one in told(name) if said in one]
    assert len(found) == 1


def test_a_later_file_may_not_redefine_a_claim_of_a_table(tmp_path):
    (tmp_path / "more.csv").write_text("id,source,about,around\nspan,s,q,5\n")
    with_table(tmp_path, TABLE)
    (tmp_path / "case.yaml").write_text(HEAD + "include: [claims.csv, more.csv]\n")
    assert told(tmp_path / "case.yaml") == [
        "more.csv:2: claims.span: 'span' is stated twice; expected one; the first is claims.csv:2; a later file may add, not redefine; use a scenario for changes"]


# ---------------------------------------------------------------- out and in

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["=1+1", "'=x", "''@y", "-5", "+1", " a ", "a;b", 'say "x"', "two\nlines", "_x000D_", "'", "١٢", "日本", "\u200fיפו", "1e5", "007", "true"])
plain = words.filter(lambda text: text.strip() and text.strip() != '""')
number = st.sampled_from(["5", "1.7e9", "1_700", "5%", "1/3", "0.30", "1e400", "-0", "12345678901234567", "1.7 billion", "inf"])
entries = st.fixed_dictionaries({"source": plain, "about": plain}, optional={
    "label": plain, "between": st.lists(number, min_size=2, max_size=2), "around": number, "quantiles": st.dictionaries(st.sampled_from(["0.05", ".1", "0.5"]), number, min_size=1),
    "unit": st.just("") | plain, "at_least": number, "note": plain, "weight": number,
    "readings": st.lists(st.fixed_dictionaries({"about": plain}, optional={"weight": number, "note": plain}), min_size=1, max_size=3),
    "reported_in": st.lists(st.fixed_dictionaries({"document": plain}, optional={"figures": plain, "at": number, "note": plain}), min_size=1, max_size=3)})


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(plain.map(str.strip), entries, max_size=4))
def test_any_claims_come_back_from_csv_and_xlsx(claims):
    columns, rows = table_of(claims)
    assert lost_in((as_csv(columns, rows) + "\n").encode(), ".csv", claims) == []
    assert lost_in(workbook({"claims": [columns, *(numbered(columns, row) for row in rows)]}), ".xlsx", claims) == []
    with_formula = [cell for row in csv.reader(io.StringIO(as_csv(columns, rows), newline="")) for cell in row if cell.lstrip()[:1] in tuple("=@")]
    assert with_formula == []


def test_what_a_cell_cannot_hold_is_named():
    claims = {"a": {"source": "s", "note": '""'}, "b": {"source": "s", "note": "x"}}
    columns, rows = table_of(claims)
    assert lost_in(as_csv(columns, rows).encode(), ".csv", claims) == ["a"]
    assert lost_in(workbook({"claims": [["id", "source", "note"], ["a", "s", "x" * 40_000]]}), ".xlsx", {"a": {"source": "s", "note": "x" * 40_000}}) == ["a"]


def test_every_key_of_a_claim_has_its_columns_and_the_page_lists_them(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "case-format.md").read_text(encoding="utf-8")
    section = page.split("### A table of claims")[1].split("\n## ")[0]
    assert [column for column in COLUMNS if f"`{column}`" not in section] == []
    assert load_case(STARTER).resolved["claims"]
