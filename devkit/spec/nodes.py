"""The tree of a YAML document: scalars, mappings and sequences that know their places.

Both readers of a text build these: `devkit.spec.strict` from PyYAML's events, `devkit.spec.tolerant` from any
half-typed text. Whoever reads a tree need not know which one built it. A tree is immutable once its reader gives it
away, and never deeper or (through aliases) larger than the limits in `devkit.spec.anchors`, so that walking it is safe.

A node's span covers its content without anchor and tag. A block mapping or sequence starts at its first key or dash
and ends with its last value; a quoted scalar includes its quotes; a missing value is an empty span behind its colon or
dash.
An alias is a copy of its target with the alias's span, so that a finding points at what the user wrote there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from devkit.spec import scalars
from devkit.spec.positions import Span

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from collections.abc import Sequence as Items

Path: TypeAlias = tuple[str | int, ...]
"""The way from a document's root to a node: a mapping's key as it is written, a sequence's index from zero."""


@dataclass(slots=True, eq=False)
class _Node:
    start: int
    end: int
    tag: str | None = field(default=None, kw_only=True)
    """The tag as written out, ``tag:yaml.org,2002:str`` for ``!!str``; None when there is none."""
    anchor: str | None = field(default=None, kw_only=True)
    alias: str | None = field(default=None, kw_only=True)
    """The anchor's name where the text has an alias ``*name`` for this node."""
    height: int = field(default=0, kw_only=True)
    """How many levels lie below."""
    size: int = field(default=1, kw_only=True)
    """How many nodes there are from here down, with aliases expanded."""

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True, eq=False)
class Scalar(_Node):
    """One value. `text` is its content: unquoted, unescaped, folded."""

    text: str = ""
    style: str = ""
    """How it is written: ``""`` plain, ``"'"``, ``'"'``, ``"|"`` or ``">"``."""

    @property
    def value(self) -> Any:
        """The value as YAML 1.1 has it, or the text where the tag allows none (then there is a problem for it)."""
        if self.tag is None and (self.style or not scalars.may_be_special(self.text)):
            return self.text
        return scalars.construct(self.text, self.resolved_tag).value

    @property
    def resolved_tag(self) -> str:
        """The tag that decides the value: the written one, or the one that YAML 1.1 sees in a plain text."""
        if self.tag == scalars.NON_SPECIFIC:
            return scalars.resolve(self.text, plain=True)
        return self.tag or scalars.resolve(self.text, plain=not self.style)

    @property
    def is_missing(self) -> bool:
        """Whether nothing is written here, as behind ``key:``."""
        return self.start == self.end

    @property
    def is_null(self) -> bool:
        """Whether the value is null: nothing, ``null`` or ``~``."""
        return self.resolved_tag == scalars.NULL


@dataclass(slots=True, eq=False)
class Entry:
    """One line of a mapping: a key and its value. `colon` is the offset of the colon, -1 where none is known."""

    key: Node
    value: Node
    colon: int = -1

    @property
    def name(self) -> str:
        """The key as text; for a key that is no scalar an empty one."""
        return self.key.text if isinstance(self.key, Scalar) else ""


@dataclass(slots=True, eq=False)
class Mapping(_Node):
    """Keys and values in the order of the text. `entries` is what is written: duplicates and merge keys included.

    Every other member sees what PyYAML makes of it: the last of equal keys wins, merged keys are there unless the
    mapping has its own.
    """

    entries: Items[Entry] = ()
    flow: bool = False
    _index: dict[Hashable, Entry] | None = field(default=None, init=False, repr=False)

    def __iter__(self) -> Iterator[Entry]:
        """Give the entries that count, merged ones first."""
        return iter(self._indexed().values())

    def __len__(self) -> int:
        return len(self._indexed())

    def __contains__(self, key: object) -> bool:
        return key in self._indexed()

    def entry(self, key: Hashable) -> Entry | None:
        """The entry of a key, by its value: ``on:`` is the key True."""
        return self._indexed().get(key)

    def get(self, key: Hashable) -> Node | None:
        """The value's node of a key."""
        entry = self.entry(key)
        return entry.value if entry else None

    def key_span(self, key: Hashable) -> Span | None:
        """Where a key is written; for a merged key inside the mapping it comes from."""
        entry = self.entry(key)
        return entry.key.span if entry else None

    def keys(self) -> list[Hashable]:
        """The keys by value, merged ones first."""
        return list(self._indexed())

    @property
    def value(self) -> dict[Hashable, Any]:
        """The plain value, as ``yaml.safe_load`` gives it."""
        return {key: entry.value.value for key, entry in self._indexed().items()}

    def _indexed(self) -> dict[Hashable, Entry]:
        if self._index is None:
            index: dict[Hashable, Entry] = {}
            for entry in merged(self):
                key: object = entry.key.value
                if is_hashable(key):
                    index[key] = entry
            self._index = index
        return self._index


@dataclass(slots=True, eq=False)
class Sequence(_Node):
    """Items in order."""

    items: Items[Node] = ()
    flow: bool = False

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def value(self) -> list[Any]:
        """The plain value, as ``yaml.safe_load`` gives it."""
        return [item.value for item in self.items]


Node: TypeAlias = Scalar | Mapping | Sequence


def merged(mapping: Mapping) -> list[Entry]:
    """The entries as PyYAML orders them for building the value: what merge keys bring comes first, so it loses.

    Of several mappings in one merge key the first wins, of several merge keys the last (PyYAML 6.0.3,
    ``SafeConstructor.flatten_mapping``).
    """
    own: list[Entry] = []
    brought: list[Entry] = []
    for entry in mapping.entries:
        if is_merge_key(entry.key):
            for source in reversed(merge_sources(entry.value)):
                brought.extend(merged(source))
        else:
            own.append(entry)
    return [*brought, *own]


def merge_sources(node: Node) -> list[Mapping]:
    """The mappings that the value of a merge key names: itself or its items."""
    candidates = node.items if isinstance(node, Sequence) else [node]
    return [candidate for candidate in candidates if isinstance(candidate, Mapping)]


def is_merge_key(key: Node) -> bool:
    """Whether a key is ``<<``, unquoted."""
    return isinstance(key, Scalar) and key.text == "<<" and key.resolved_tag == scalars.MERGE


def is_hashable(value: object) -> TypeGuard[Hashable]:
    """Whether Python takes a value as a key of a dictionary."""
    return not isinstance(value, (dict, list, set))


def find(root: Node, path: Path) -> Node | None:
    """The node at the end of a path, or None where the tree has no such place."""
    node: Node | None = root
    for step in path:
        if isinstance(node, Mapping):
            node = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def walk(root: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node from the root down with its path, in the order of the text; keys are not nodes of their own here."""
    yield path, root
    if isinstance(root, Mapping):
        for entry in root:
            yield from walk(entry.value, (*path, entry.name))
    elif isinstance(root, Sequence):
        for index, item in enumerate(root.items):
            yield from walk(item, (*path, index))
