"""A folder of texts: all are read or all faults are told, and nothing in it is touched."""

from __future__ import annotations

import hashlib

import pytest

from nkestimate.drafting import texts as module
from nkestimate.drafting.texts import read_texts
from nkestimate.errors import CaseError


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_texts_are_in_the_order_of_their_dates_and_bytes_are_kept(tmp_path):
    folder = write(tmp_path / "in", late__txt="A title\r\nHolm Post, 5 May 2024\r\n\r\n40 boats.\r\n", early__md="A title\n2023-01-02\n\n30 boats.", none__txt="20 boats.")
    texts, notes = read_texts(folder)
    assert [text.id for text in texts] == ["early", "late", "none"] and not notes
    assert texts[1].content == (folder / "late.txt").read_bytes() and "\r\n" in texts[1].text
    assert texts[1].digest == hashlib.sha256((folder / "late.txt").read_bytes()).hexdigest()


def test_ids_are_ids_of_a_case_and_apart(tmp_path):
    names = ["01 Été.txt", "no.txt", "Ünder.txt", "under.md", "東京.txt", "0x1f.txt", "a" * 100 + ".txt"]
    folder = write(tmp_path / "in", **{name: f"{i} boats" for i, name in enumerate(names)})
    texts, _ = read_texts(folder)
    assert sorted(text.id for text in texts) == sorted(["text-01-ete", "text-no", "under", "under-2", "text", "text-0x1f", "a" * 40])


def test_what_is_no_text_is_named_and_twins_count_once(tmp_path):
    folder = write(tmp_path / "in", a__txt="40 boats", b__txt="40 boats", photo__jpg=b"\xff", __hidden=b"x")
    (folder / "more").mkdir()
    texts, notes = read_texts(folder)
    assert [text.id for text in texts] == ["a"]
    assert "photo.jpg" in notes[0] and "more" in notes[0] and "hidden" not in notes[0]
    assert notes[1] == "b.txt is the same text as a.txt, and is left out"


def test_all_faults_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST_FILE", 1000)
    folder = write(tmp_path / "in", a__txt=b"caf\xe9 40", b__txt=" \n", c__txt="9" * 1001, d__txt="40 boats", e__pdf=b"no PDF")
    with pytest.raises(CaseError) as caught:
        read_texts(folder)
    said = {fault.file.rpartition("/")[2]: str(fault) for fault in caught.value.faults}
    assert sorted(said) == ["a.txt", "b.txt", "c.txt", "e.pdf"]
    assert "byte 3 is not UTF-8" in said["a.txt"] and "empty" in said["b.txt"] and "1,001 bytes" in said["c.txt"]


def test_an_empty_folder_and_too_many_texts_are_told(tmp_path, monkeypatch):
    with pytest.raises(CaseError, match="there is no text in this folder"):
        read_texts(write(tmp_path / "none"))
    monkeypatch.setattr(module, "_MOST_FILES", 1)
    with pytest.raises(CaseError, match="1 at most"):
        read_texts(write(tmp_path / "in", a__txt="1 boat", b__txt="2 boats"))
