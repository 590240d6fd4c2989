"""Writes what is made from the declarations: `python -m devkit.spec.generate`, in the project's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from devkit.spec.json_schema import file_name, schema_text
from devkit.spec.kinds import Kind
from devkit.spec.reference_docs import reference_page


def generated_files() -> dict[str, str]:
    """The text of every generated file, by its path below the project's folder."""
    schemas = {f"docs/schemas/{file_name(kind)}": schema_text(kind) for kind in Kind}
    return {"docs/yaml-reference.md": reference_page(), **schemas}


def write(folder: Path) -> list[Path]:
    """Write the files that have changed, and return them."""
    changed = []
    for name, text in generated_files().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


if __name__ == "__main__":
    for path in write(Path.cwd()):
        sys.stdout.write(f"wrote {path}\n")
