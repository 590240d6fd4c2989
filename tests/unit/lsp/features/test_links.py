from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.features.links import IMAGE_PAGE, links
from tests.support.open_documents import open_text

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
name: blue
endpoint_name: shop
instance_type: x
model:
  path: model
code_configuration:
  code: src
  scoring_script: score.py
environment:
  image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
  conda_file: conda.yml
"""


def test_links_lead_to_files_that_are_there(tmp_path: Path) -> None:
    """Script and conda file are links, the code folder leads to its script, other folders and absent files are none."""
    (tmp_path / "src").mkdir()
    (tmp_path / "model").mkdir()
    (tmp_path / "src" / "score.py").write_text("")
    (tmp_path / "blue-deployment.yml").write_text(TEXT)
    found = {TEXT[slice(*link.span)]: link.target for link in links(open_text(tmp_path, TEXT))}
    script = tmp_path / "src" / "score.py"
    image = "mcr.microsoft.com/azureml/minimal-py312-inference:latest"
    assert found == {"src": script, "score.py": script, image: IMAGE_PAGE}


def test_no_links_in_a_foreign_file(tmp_path: Path) -> None:
    """A file of another tool has no links."""
    assert links(open_text(tmp_path, "apiVersion: v1\nconda_file: x\n")) == []
