"""Whether there is a receipt for exactly what is promoted, and of exactly these golden requests."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING

from devkit.disk.shown import shown_path
from devkit.promote.receipt import Outdated, Receipt, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.requests import Golden
    from devkit.promote.digests import Digests
    from devkit.promote.journal import Request
    from devkit.workspace import Workspace

__all__ = ["golden_digest", "prove_it", "validate_command"]


def prove_it(workspace: Workspace, digests: Digests, goldens: Sequence[Golden]) -> tuple[Receipt | None, str | None]:
    """The receipt, and what it lacks as a sentence without its full stop; None where nothing is missing."""
    found = find(workspace, digests)
    if found is None:
        return None, "There is no receipt: this was never validated"
    if isinstance(found, Outdated):
        changed = ", ".join(found.changed)
        return None, f"Changed since it was validated on {found.made_at:%Y-%m-%d %H:%M}: {changed}"
    if not found.passed:
        failed = ", ".join(each.name for each in found.golden if not each.passed)
        return found, f"The receipt says that golden requests failed: {failed}"
    asked = {each.name: each.digest for each in found.golden}
    later = sorted(each.name for each in goldens if asked.get(each.name) not in {None, golden_digest(each)})
    later += sorted(each.name for each in goldens if each.name not in asked)
    if later:
        return found, f"These golden requests are newer than the receipt: {', '.join(later)}"
    return found, None


def validate_command(request: Request, *, docker: bool) -> str:
    """What to type for the receipt that a promotion wants."""
    words = ["devkit", "validate", "--run", *(["--runtime", "docker"] if docker else [])]
    words += ["-e", request.endpoint_name] if request.endpoint_name else []
    words += [part for each in request.settings for part in ("--set", each)]
    words += ["--golden", shown_path(request.golden)] if request.golden else []
    return shlex.join([*words, shown_path(request.file)])


def golden_digest(golden: Golden) -> str:
    """SHA-256 in hex of what a golden request asks and wants; its name and note aside."""
    parts = [golden.request.model_dump_json(), golden.answer.model_dump_json(), repr(golden.rules)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
