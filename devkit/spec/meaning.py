"""Problems of a tree that parses: keys written twice, tags and values that PyYAML's safe loader refuses to build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.spec import scalars
from devkit.spec.nodes import Entry, Mapping, Node, Scalar, Sequence, is_hashable, is_merge_key, merge_sources
from devkit.spec.problems import ProblemKind, YamlProblem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


def problems(root: Node) -> Iterator[YamlProblem]:
    """Every such problem below `root`. What an alias stands for is looked at once, where its anchor is."""
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if node.alias is not None:
            continue
        if isinstance(node, Scalar):
            yield from _of_scalar(node)
            continue
        yield from _of_tag(node)
        if isinstance(node, Mapping):
            yield from _of_keys(node)
            pending.extend(entry.value for entry in node.entries)
        else:
            pending.extend(node.items)


def _of_scalar(node: Scalar) -> Iterator[YamlProblem]:
    if node.tag is None and (node.style or not scalars.may_be_special(node.text)):
        return
    tag = node.resolved_tag
    error = scalars.construct(node.text, tag).error
    if error is None:
        return
    if node.tag is None:
        yield YamlProblem(ProblemKind.VALUE, f"{error}.", f"Quote it if it is text: '{node.text[:40]}'.", node.span)
    else:
        yield _refused_tag(node, error)


def _of_tag(node: Mapping | Sequence) -> Iterator[YamlProblem]:
    known = scalars.MAPPING_TAGS if isinstance(node, Mapping) else scalars.SEQUENCE_TAGS
    if node.tag not in {None, scalars.NON_SPECIFIC, *known}:
        what = "a mapping" if isinstance(node, Mapping) else "a list"
        yield _refused_tag(node, f"the tag {scalars.shorthand(node.tag or '')!r} does not fit {what}")


def _refused_tag(node: Node, error: str) -> YamlProblem:
    message = f"PyYAML's safe loader, which azure-ai-ml uses, refuses this value: {error}."
    return YamlProblem(ProblemKind.VALUE, message, "Remove the tag.", node.span)


def _of_keys(mapping: Mapping) -> Iterator[YamlProblem]:
    first: dict[Hashable, Entry] = {}
    for entry in mapping.entries:
        if is_merge_key(entry.key):
            yield from _of_merge(entry)
            continue
        if isinstance(entry.key, Scalar) and entry.key.resolved_tag == scalars.VALUE:
            continue
        key: object = entry.key.value
        if not is_hashable(key):
            yield _unhashable(entry)
            continue
        if isinstance(entry.key, Scalar):
            yield from _of_scalar(entry.key)
        if key in first:
            yield _duplicate(first[key], entry)
        first.setdefault(key, entry)


def _of_merge(entry: Entry) -> Iterator[YamlProblem]:
    value = entry.value
    candidates = len(value.items) if isinstance(value, Sequence) else 1
    if len(merge_sources(value)) != candidates:
        message = "'<<' merges a mapping or a list of mappings, and this is neither."
        yield YamlProblem(ProblemKind.VALUE, message, "Name an anchor of a mapping: <<: *name.", value.span)


def _unhashable(entry: Entry) -> YamlProblem:
    kind = "mapping" if isinstance(entry.key, Mapping) else "list"
    message = f"A {kind} stands where a key belongs; PyYAML refuses it."
    return YamlProblem(ProblemKind.VALUE, message, "Quote it if it is text, as in '{{ name }}'.", entry.key.span)


def _duplicate(first: Entry, again: Entry) -> YamlProblem:
    message = f"The key {again.name!r} is written twice; azure-ai-ml takes the last one without a word."
    return YamlProblem(
        ProblemKind.DUPLICATE_KEY, message, "Remove one of the two.", again.key.span, related=first.key.span
    )
