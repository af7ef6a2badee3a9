"""YAML as written, with lines; what other readers would change is a fault."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nkestimate.case.tree import Node, _composed_by, from_plain, read_tree, show_path
from test_fuzz import mutated


def read(tmp_path, text):
    path = tmp_path / "case.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    faults = []
    return read_tree(path, "case.yaml", faults), faults


def test_scalars_stay_as_written(tmp_path):
    tree, faults = read(tmp_path, "a: 0.30\nb: 1_000\nc: 2024-11-01\nd: true\ne: null\nf: 'yes'\ng:\nh: 1e6\ni: False\n")
    assert not faults
    assert tree.plain() == {
        "a": "0.30",
        "b": "1_000",
        "c": "2024-11-01",
        "d": True,
        "e": None,
        "f": "yes",
        "g": None,
        "h": "1e6",
        "i": False,
    }


def test_nodes_know_their_lines(tmp_path):
    tree, _ = read(tmp_path, "a: 1\nb:\n  c: {d: 2,\n    e: 3}\n  f:\n    - 4\n    - 5\n")
    assert [tree.at(path).line for path in (("a",), ("b",), ("b", "c", "d"), ("b", "c", "e"), ("b", "f", 1))] == [1, 2, 3, 4, 7]
    assert tree.at(("b", "nothing", "here")) is tree.at(("b",))


@pytest.mark.parametrize("text", ["yes", "No", "ON", "off", "12:30", "12:30:00", "1:30.5", "007", "0o17", "0x1F", "0b11"])
def test_what_yaml_readers_take_differently(tmp_path, text):
    _, faults = read(tmp_path, f"title: x\nvalue: {text}\n")
    assert [(fault.line, fault.path) for fault in faults] == [(2, "value")]
    _, faults = read(tmp_path, f"value: '{text}'\n")
    assert not faults


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a:\n  b: 1\n c: 2\n", 3),
        ("a: b: c\n", 1),
        ("a:\n\tb: 1\n", 2),
        ("a: 'x\nb: 1\n", 1),
        ("a: {b: 1\nc: 2\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: *b\n", 1),
        ("a: @x\n", 1),
        ("a: !!python/object:x {}\n", 1),
        ("? [a]\n: 1\n", 1),
        ("a: 1\nb: \x01\n", 2),
        ('a: "\\ud800"\n', 1),
        ('a: "\\U99999999"\n', 1),
        ('a: "\\0"\n', 1),
        ("", 1),
        ("# nothing\n", 1),
        ("a: &x [*x]\n", 1),
        (b"\xff\xfea\x00", 1),
        (b"\x89PNG\r\n\x1a\n\x00", 1),
    ],
)
def test_faults_stand_on_their_line(tmp_path, text, line):
    _, faults = read(tmp_path, text)
    assert faults[0].line == line


def test_line_ends_and_byte_order_mark(tmp_path):
    tree, faults = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: no\r\n")
    assert tree.plain() == {"a": "1", "b": "no"}
    assert [fault.line for fault in faults] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 2000 + "]" * 2000,
        "\n".join(" " * i + "a:" for i in range(300)),
        "a0: &a0 [1, 1]\n" + "".join(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]\n" for i in range(12)),
    ],
    ids=["flow", "block", "aliases"],
)
def test_what_is_too_deep_or_too_much_is_a_fault(tmp_path, text):
    tree, faults = read(tmp_path, text)
    assert tree is None
    assert len(faults) == 1


@pytest.mark.parametrize("name", ["missing.yaml", ".", "x" * 400, "a\0b"])
def test_no_file(tmp_path, name):
    faults = []
    assert read_tree(tmp_path / name, name, faults) is None
    assert len(faults) == 1


@given(st.text(max_size=60))
def test_any_text_ends_in_a_tree_or_in_faults(tmp_path_factory, text):
    tree, faults = read(tmp_path_factory.getbasetemp(), text)
    assert faults or isinstance(tree, Node)
    assert all("\n" not in str(fault) for fault in faults)


plain = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_plain_values_survive_a_tree(value):
    assert from_plain(value, "here", 1).plain() == value


def test_paths():
    assert show_path(("claims", "one", "reported_in", 0, "at")) == "claims.one.reported_in[0].at"


# ---------------------------------------------------------------- two readers of YAML


def plain(node, above=()):
    """A composed node as lines, tags, styles and texts."""
    if node is None or id(node) in above:
        return node and "loop"
    here, above = (node.start_mark.line, node.tag), (*above, id(node))
    if isinstance(node, yaml.ScalarNode):
        return (*here, node.style or None, node.value)
    pairs = node.value if isinstance(node, yaml.MappingNode) else [(child,) for child in node.value]
    return (*here, [[plain(child, above) for child in pair] for pair in pairs])


@pytest.mark.skipif(not hasattr(yaml, "CBaseLoader"), reason="PyYAML without libyaml")
def test_libyaml_reads_what_pyyaml_reads():
    """libyaml, which reads first, takes no text that PyYAML's own reader refuses, and makes the same of the others."""
    read_by_both = 0
    for number in range(150):
        text = mutated(number)[:20_000]
        try:
            quick = _composed_by(yaml.CBaseLoader, text)
        except yaml.YAMLError:
            continue
        assert plain(quick) == plain(_composed_by(yaml.BaseLoader, text)), number
        read_by_both += 1
    assert read_by_both > 30


def test_what_libyaml_alone_refuses_is_read(tmp_path):
    tree, faults = read(tmp_path, "a: {b: c:d, e: f::g}\n")
    assert not faults
    assert tree.plain() == {"a": {"b": "c:d", "e": "f::g"}}
