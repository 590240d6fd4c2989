"""What is known of Docker images by their name alone; nothing is pulled or asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from devkit.spec.facts import read_rows

Device: TypeAlias = Literal["cpu", "gpu"]
Status: TypeAlias = Literal["current", "outdated", "removed"]


@dataclass(frozen=True)
class ImageReference:
    """The parts of an image's name."""

    registry: str
    """`docker.io` when the name has none."""
    repository: str
    tag: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image."""

    device: Device | None
    cuda: str | None
    python: str | None
    has_server: bool | None
    """Whether the inference server is in it; None when unknown."""
    status: Status
    note: str


def parse_image(text: str) -> ImageReference | None:
    """Take an image's name apart; None when it cannot be one."""
    match = _IMAGE.fullmatch(text.strip())
    if match is None:
        return None
    return ImageReference(match["registry"] or "docker.io", match["repository"], match["tag"], match["digest"])


def image_facts(text: str) -> ImageFacts | None:
    """What is known of an image by its name without a digest; the first row that fits wins, None when none does."""
    name = text.strip().partition("@")[0]
    return next((facts for pattern, facts in _known_images() if pattern.search(name)), None)


@cache
def known_names() -> tuple[str, ...]:
    """The current images that are known by their whole name, without a tag."""
    rows = (row["pattern"] for row in read_rows("images.csv") if row["status"] == "current")
    names = (pattern.removeprefix("^").removesuffix("(:|$)").replace("\\.", ".") for pattern in rows)
    return tuple(name for name in names if _IMAGE.fullmatch(name))


_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?:(?P<registry>(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d+)?|[A-Za-z0-9-]+:\d+)/)?"
    rf"(?P<repository>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@cache
def _known_images() -> tuple[tuple[re.Pattern[str], ImageFacts], ...]:
    return tuple((re.compile(row["pattern"]), _facts(row)) for row in read_rows("images.csv"))


def _facts(row: dict[str, str]) -> ImageFacts:
    devices: dict[str, Device] = {"cpu": "cpu", "gpu": "gpu"}
    statuses: dict[str, Status] = {"current": "current", "outdated": "outdated", "removed": "removed"}
    return ImageFacts(
        device=devices.get(row["device"]),
        cuda=row["cuda"] or None,
        python=row["python"] or None,
        has_server={"yes": True, "no": False}.get(row["server"]),
        status=statuses[row["status"]],
        note=row["note"],
    )
