"""Title, publisher and date in the first lines of texts."""

from __future__ import annotations

from datetime import date

import pytest

from nkestimate.drafting.heads import date_in, head_of

BODY = "\n\nThe ferry carried 40 people on 1 May 2019, when it was new, and the mayor was pleased with what he saw of it.\n"


@pytest.mark.parametrize("words, day", [
    ("2024-02-29", date(2024, 2, 29)), ("29 February 2023", None), ("Sept. 3, 2024", date(2024, 9, 3)), ("3rd of it", None),
    ("1st March 2025", date(2025, 3, 1)), ("03.02.2025", date(2025, 2, 3)), ("03/02/2025", None), ("May 2025", None), ("12 mai 2025", None),
    ("31 June 2024, then 2 July 2024", date(2024, 7, 2)), ("2024-13-01", None), ("order 12024-01-012", None),
])  # fmt: skip
def test_whole_dates_only(words, day):
    assert date_in(words) == day


@pytest.mark.parametrize("head, title, publisher, day", [
    ("Ferry full\nHolm Gazette, 5 March 2025", "Ferry full", "Holm Gazette", date(2025, 3, 5)),
    ("Ferry full\nHolm, 5 March 2025", "Ferry full", "", date(2025, 3, 5)),  # a place as likely as a paper
    ("Ferry full\nAnnual outlook, press release, 4 March 2025", "Ferry full", "", date(2025, 3, 4)),
    ("Ferry full\nPublisher: Holm Post\nPublished: 2025-03-04", "Ferry full", "Holm Post", date(2025, 3, 4)),
    ("HOLM, March 4, 2025 (Coast Wire) — The ferry was full.", "", "Coast Wire", date(2025, 3, 4)),
    ("12:08 PM EDT, October 29, 2024", "", "", date(2024, 10, 29)),
    ("The ferry was full on 3 March 2025, and nobody knew why it had been so.", "", "", None),  # a date of the matter, not of the text
    ("HOLM, April 9 (Coast Wire) — The ferry was full.", "", "Coast Wire", None),
    ("A line that goes on\nin the next one, as wrapped lines do", "", "", None),
])  # fmt: skip
def test_heads_are_read_and_nothing_is_made_up(head, title, publisher, day):
    found = head_of(head + BODY)
    assert (found.title, found.publisher, found.published) == (title, publisher, day)


def test_what_is_not_sure_is_kept_as_such():
    assert head_of("Ferry full\nHolm, 5 March 2025" + BODY).publisher_from == "Holm, 5 March 2025"
    assert head_of("HOLM, April 9 (Coast Wire) — The ferry." + BODY).published_from == "April 9"


def test_a_date_at_the_foot_counts_where_it_says_so():
    assert head_of("Ferry full" + BODY + "Published on 6 March 2025").published == date(2025, 3, 6)


def test_hostile_heads_are_read_soon():
    import time

    began = time.process_time()
    for text in ("A" * 300_000, "A, " * 100_000, "(" * 200_000, "1 " * 200_000, "May " * 100_000, "A B-" * 80_000 + "("):
        head_of(text)
    assert time.process_time() - began < 10
