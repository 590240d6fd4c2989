"""A project of a deployment, and its whole promotion to a second engine, in this process."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.golden.requests import load_all
from devkit.promote.context import Terms
from devkit.promote.journal import Request, open_journal
from devkit.promote.receipt import GoldenResult, Receipt, write
from devkit.promote.resolving import resolve_file
from devkit.promote.targets import open_target
from devkit.promote.workflow import promote
from devkit.workspace import Workspace
from tests.support.docker_engine import require_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devkit.promote.journal import Journal
    from devkit.promote.targets.base import Target

__all__ = ["SCORE", "HostProject"]

SCORE = "def init(): print('starting')\ndef run(data): return {'word': 'kept'}\n"
_DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: {endpoint}
model: {{path: ./weights.txt}}
code_configuration: {{code: ./src, scoring_script: score.py}}
environment: {{image: "{image}"}}
instance_type: Standard_F2s_v2
instance_count: 1
readiness_probe: {{initial_delay: 1, period: 1, timeout: 2, success_threshold: 1, failure_threshold: {patience}}}
"""
_GOLDEN = {"request": {"body": {}}, "answer": {"body": {"word": "kept"}}}


@dataclass
class HostProject:
    """One user's folder, with a receipt of what is in it. `patience` is how often a probe may fail."""

    folder: Path
    endpoint: str
    image: str
    name: str = "blue"
    script: str = SCORE
    patience: int = 100
    told: list[str] = field(default_factory=list)
    asked: Callable[[], object] = lambda: None
    """What happens while the user is asked whether to go on."""
    opened: Callable[[Target], Target] = lambda target: target
    """What becomes of the target when it is opened."""

    @property
    def workspace(self) -> Workspace:
        """Where its promotions are kept."""
        return Workspace(self.folder)

    @property
    def file(self) -> Path:
        """The deployment's."""
        return self.folder / f"{self.name}.yml"

    def journal(self) -> Journal:
        """Of the latest promotion."""
        return open_journal(self.workspace, None)

    def promote(self, to: str, options: Mapping[str, str]) -> Journal:
        """Lay the project out, and promote it without anybody being asked.

        Raises:
            PromotionError: as `devkit promote` ends.
        """
        self._lay_out()
        request = Request(file=self.file, to=f"docker:{to}", options=options, hold_s=0)
        return promote(request, self.workspace, self.terms())

    def terms(self) -> Terms:
        """Which tell the test."""

        def ask(_: str) -> bool:
            self.asked()
            return True

        return Terms(self.told.append, ask, open_target=lambda *given: self.opened(open_target(*given)))

    def _lay_out(self) -> None:
        """With a receipt of the image, as `devkit validate --run --runtime docker` writes it."""
        for each in ("src", "golden"):
            (self.folder / each).mkdir(parents=True, exist_ok=True)
        (self.folder / "src" / "score.py").write_text(self.script)
        model = self.folder / "weights.txt"
        if not model.exists():
            model.write_text("7")
        values = {"name": self.name, "endpoint": self.endpoint, "image": self.image, "patience": self.patience}
        self.file.write_text(_DEPLOYMENT.format(**values))
        (self.folder / "golden" / "kept.json").write_text(json.dumps(_GOLDEN))
        resolved, goldens = resolve_file(self.file, self.workspace), load_all(self.folder / "golden")
        engine = require_engine()
        receipt = Receipt(
            digests=resolved.digests,
            runtime="docker",
            image_id=str(engine.images.get(self.image).id),
            init_seconds=1,
            tools={},
            golden=tuple(GoldenResult(name=each.name, route=each.route, passed=True) for each in goldens),
            made_at=dt.datetime.now(dt.timezone.utc),
        )
        engine.close()
        write(self.workspace, receipt)
