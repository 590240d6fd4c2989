"""What a promotion has done so far: a JSON file, written before each step is announced; also its report."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence  # noqa: TC003  pydantic reads them
from datetime import datetime, timezone
from pathlib import Path  # noqa: TC003  pydantic reads it
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from devkit.disk.whole_files import sync_folder
from devkit.promote.digests import Digests  # noqa: TC001  pydantic reads it
from devkit.promote.errors import PromotionError

if TYPE_CHECKING:
    from devkit.workspace import Workspace

__all__ = ["Journal", "Request", "Status", "StepEntry", "all_journals", "folder_of", "new_id", "open_journal"]

Status = Literal["running", "done", "refused", "failed", "returned"]
"""`failed`: it stands in the middle, and was not taken back; `returned`: the target is as it was before."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Request(_Part):
    """What the user asked for: with it alone a promotion is resumed."""

    file: Path
    to: str
    name: str | None = None
    endpoint_name: str | None = None
    settings: Sequence[str] = ()
    options: Mapping[str, str] = {}
    golden: Path | None = None
    """The folder of golden requests; `golden` beside the file if None."""
    steps: Sequence[int] = (10, 50, 100)
    """Percent."""
    hold_s: float = 30
    mirror: int = 0
    """Percent; 0 for none."""
    max_error_rate: float = 0.01
    """Of the requests to the new deployment, 0 to 1."""
    unvalidated: str | None = None
    """Why it is promoted without a receipt."""


class StepEntry(_Part):
    """One step."""

    name: str
    began: datetime
    ended: datetime | None = None
    lines: list[str] = []
    """What it told."""
    finding: str | None = None
    """Why it failed."""


class Journal(_Part):
    """One promotion."""

    id: str
    request: Request
    status: Status = "running"
    steps: list[StepEntry] = []
    digests: Digests | None = None
    receipt: str | None = None
    """The digest of the receipt that it went by."""
    place: str = ""
    """What `to` stood for when it began; empty in journals of before this was written down."""
    endpoint: str = ""
    deployment: str = ""
    documents: dict[str, Any] = {}
    """`deployment` and `endpoint`, as they were: to go back even when the files are gone."""
    before: dict[str, Any] | None = None
    """The target's state before."""
    applying: bool = False
    """Whether anything at the target may have been changed."""
    shares: list[dict[str, int]] = []
    """Each written before it was set."""
    finding: str | None = None
    log: str = ""

    def has_done(self, step: str) -> bool:
        """Whether a step came to its end."""
        return any(each.name == step and each.ended and each.finding is None for each in self.steps)

    @property
    def can_resume(self) -> bool:
        """Whether it has not come to its end."""
        return self.status in {"running", "failed"}

    @property
    def can_return(self) -> bool:
        """Whether it has left something at its target."""
        return self.before is not None and self.applying and self.status != "returned"

    def path(self, workspace: Workspace) -> Path:
        """Where it is kept."""
        return folder_of(workspace) / f"{self.id}.json"

    def write(self, workspace: Workspace) -> None:
        """Keep it: whole or as it was, and on the disk before this returns."""
        folder = folder_of(workspace)
        workspace.prepare()
        folder.mkdir(mode=0o700, exist_ok=True)
        draft = folder / f".{self.id}.tmp"
        with draft.open("w", encoding="utf-8") as file:
            file.write(self.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path(workspace))
        sync_folder(folder)


def new_id() -> str:
    """An id: sorts by time, is unique, and is legal in labels and tags."""
    return f"{datetime.now(timezone.utc):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"


def folder_of(workspace: Workspace) -> Path:
    """Where promotions are kept."""
    return workspace.folder / "promotions"


def open_journal(
    workspace: Workspace,
    identifier: str | None,
    *,
    that: Callable[[Journal], bool] | None = None,
    none: str = "There is no promotion",
) -> Journal:
    """A promotion by its id; or the newest, of those that `that` holds of. `none` begins the refusal if there is none.

    Raises:
        PromotionError: there is none.
    """
    journals = all_journals(workspace)
    if identifier is None:
        found = [each for each in journals if that is None or that(each)]
    else:
        found = [each for each in journals if each.id == identifier]
    if not found:
        if identifier is None:
            raise PromotionError(f"{none} in {folder_of(workspace)}.")
        ids = ", ".join(each.id for each in journals) or "none"
        raise PromotionError(f"There is no promotion {identifier} in {folder_of(workspace)}. There are: {ids}.")
    return found[-1]


def all_journals(workspace: Workspace) -> list[Journal]:
    """Every promotion of the workspace, the oldest first.

    Raises:
        PromotionError: one cannot be read: what it did at its target is not known.
    """
    paths = sorted(folder_of(workspace).glob("*.json"))
    try:
        return [Journal.model_validate_json(path.read_bytes()) for path in paths]
    except (OSError, ValidationError) as error:
        raise PromotionError(
            f"A promotion's journal in {folder_of(workspace)} cannot be read: {error}. Was it written by another "
            "version of devkit? Use that one, or move the file away if its target is as it should be."
        ) from None
