"""Plain text and CSV; what a spreadsheet or a terminal would obey is tested in `test_hostile`."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from nkestimate.text import WIDTH, as_csv, as_text, bare_table, paragraph

WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=12), min_size=1, max_size=60)


@given(WORDS, st.sampled_from(["", "  "]))
def test_a_paragraph_keeps_its_words_and_the_width(words, indent):
    lines = paragraph(" ".join(words), indent).split("\n")
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.startswith(indent) for line in lines[1:])
    assert " ".join(lines).split() == words


@given(st.lists(st.lists(st.text('ab c,"\n', max_size=6), min_size=2, max_size=2), max_size=5))
def test_csv_reads_back(rows):
    written = as_csv(["one", "two"], rows)
    assert list(csv.reader(io.StringIO(written + "\n"))) == [["one", "two"], *rows]


def test_a_table_is_plain_text_of_the_width():
    table = bare_table()
    table.add_column("a")
    table.add_column("b")
    table.add_row("[bold]x[/bold]", "y " * 60)
    lines = as_text(table).split("\n")
    assert "[bold]x[/bold]" in lines[1]
    assert all(len(line) <= WIDTH and line == line.rstrip() for line in lines)
