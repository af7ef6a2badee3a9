"""Each file in tests/faulty breaks a rule and says in its own comments which messages that must give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nkestimate.case import load_case
from nkestimate.errors import CaseError

FOLDER = Path(__file__).parent / "faulty"
FILES = sorted(FOLDER.glob("*.yaml"))
EXPECTED = re.compile(r"^# expect: (?:(?P<file>[^ :]+):)?(?P<rest>\d+: .*)$", re.MULTILINE)


def expected_messages(path: Path) -> list[str]:
    """Return ``file:line: path: problem; …`` of each ``# expect:`` comment; a file is named where it is another one."""
    return [f"{match['file'] or path.name}:{match['rest']}" for match in EXPECTED.finditer(path.read_text(encoding="utf-8"))]


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def test_there_are_thirty_and_five_hold_several():
    counts = [len(expected_messages(path)) for path in FILES]
    assert len(FILES) >= 30
    assert min(counts) >= 1
    assert sum(count > 1 for count in counts) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_faults_are_reported_with_their_lines(path):
    with pytest.raises(CaseError) as caught:
        load_case(path.name)
    assert [str(fault) for fault in caught.value.faults] == expected_messages(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_validate_prints_them_and_exits_with_1(path):
    from click.testing import CliRunner

    from nkestimate.cli import main

    result = CliRunner().invoke(main, ["validate", path.name])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    for message in expected_messages(path):
        assert message in result.stderr.splitlines()
