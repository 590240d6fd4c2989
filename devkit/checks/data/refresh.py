"""Makes the two data files beside this module anew: ``python -m devkit.checks.data.refresh [pipreqs mapping file]``.

``import_names.csv``  import name to distribution, from the file ``mapping`` of pipreqs (Apache-2.0), where they differ.
``brings.json``       which distributions a common one installs with it, as pip resolves it today without installing.

Needs the network (pip's own index settings are used); nothing at run time does.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

from devkit.checks.conda import normalise_name

HERE = Path(__file__).parent
COMMON = [
    "azure-ai-ml",
    "azureml-ai-monitoring",
    "azureml-defaults",
    "azureml-inference-server-http",
    "azureml-mlflow",
    "catboost",
    "fastapi",
    "fastai",
    "flask",
    "gensim",
    "huggingface-hub",
    "inference-schema",
    "keras",
    "lightgbm",
    "mlflow",
    "mlflow-skinny",
    "nltk",
    "onnxruntime",
    "opencv-python",
    "opencv-python-headless",
    "pandas",
    "polars",
    "pyarrow",
    "pytorch-lightning",
    "requests",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "shap",
    "skops",
    "spacy",
    "statsmodels",
    "tensorflow",
    "timm",
    "tokenizers",
    "torch",
    "torchvision",
    "transformers",
    "ultralytics",
    "xgboost",
    "azure-identity",
    "azure-storage-blob",
    "joblib",
    "matplotlib",
    "seaborn",
    "pillow",
    "pydantic",
]


def main() -> int:
    """Write both files; returns the number of distributions that pip could not resolve."""
    if len(sys.argv) > 1:
        _write_import_names(Path(sys.argv[1]))
    return _write_brings()


def _write_import_names(mapping: Path) -> None:
    lines = (line.strip() for line in mapping.read_text(encoding="utf-8").splitlines() if ":" in line)
    pairs = sorted({(name, normalise_name(owner)) for name, _, owner in (line.partition(":") for line in lines)})
    with (HERE / "import_names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["import_name", "distribution"])
        writer.writerows(pairs)


def _write_brings() -> int:
    brings, failed = {}, 0
    for name in COMMON:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        result = subprocess.run(  # noqa: S603  the interpreter's own pip, names from the list above
            [*command, "--disable-pip-version-check", "--report", "-", name],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            failed += 1
            print(f"{name}: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        installed = {normalise_name(item["metadata"]["name"]) for item in json.loads(result.stdout)["install"]}
        brings[name] = sorted(installed - {normalise_name(name)})
    text = json.dumps({"source": "pip's resolution", "date": f"{dt.date.today()}", "brings": brings}, indent=1)  # noqa: DTZ011  a day
    (HERE / "brings.json").write_text(text + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
