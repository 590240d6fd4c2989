"""What the address and the options of a cluster mean."""

from __future__ import annotations

import sys

import pytest

from devkit.promote.kubernetes.api import Api
from devkit.promote.kubernetes.options import OPTIONS, Address, parse_address, parse_options
from devkit.promote.targets.base import TargetError
from tests.support.releases import IMAGE, ROOT, SIDECAR

GIVEN = {"image": IMAGE.format("blue"), "sidecar": SIDECAR}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", Address()),
        ("staging", Address("staging")),
        ("staging/serving", Address("staging", "serving")),
        ("/serving", Address(None, "serving")),
        ("arn:aws:eks:eu-west-1:1:cluster/demo", Address("arn:aws:eks:eu-west-1:1:cluster/demo")),
        ("arn:aws:eks:eu-west-1:1:cluster/demo/serving", Address("arn:aws:eks:eu-west-1:1:cluster/demo", "serving")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """A context and a namespace, either left out; contexts of EKS have a slash of their own."""
    assert parse_address(text) == address


def test_a_wrong_namespace() -> None:
    """What cannot be a namespace is refused before anything is asked."""
    with pytest.raises(TargetError, match="'Not_One' is no name of a namespace"):
        parse_address("staging/Not_One")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image": ""}, "the nodes pull the image from a registry, and none is named"),
        ({"registry": "registry.example/team:1"}, "registry.example/team:1 is no repository"),
        ({"no-sidecar": "yes"}, "sidecar and no-sidecar contradict each other"),
        ({"gatewway": "public"}, "has no option 'gatewway'. There are: registry"),
    ],
)
def test_wrong_options(change: dict[str, str], words: str) -> None:
    """An option that means nothing, or two that contradict each other, are refused with what to do."""
    with pytest.raises(TargetError, match=words):
        parse_options({**GIVEN, **change}, "serving")


def test_without_a_sidecar_or_a_word_about_it() -> None:
    """Nobody is left without key checks unknowingly: a sidecar is named, or its absence."""
    with pytest.raises(TargetError, match="no-sidecar=yes"):
        parse_options({"image": GIVEN["image"]}, "serving")


def test_a_registry_is_enough() -> None:
    """With a registry the kit builds both images; one that the user names is taken in its place."""
    assert parse_options({"registry": "localhost:5000/team"}, "serving").builds_sidecar
    assert not parse_options({"registry": "localhost:5000/team", "sidecar": SIDECAR}, "serving").builds_sidecar
    assert not parse_options({"registry": "localhost:5000/team", "no-sidecar": "yes"}, "serving").builds_sidecar


def test_every_option_is_documented() -> None:
    """The page on clusters names each option of the target."""
    page = (ROOT / "docs" / "promote-kubernetes.md").read_text(encoding="utf-8")
    assert [each for each in OPTIONS if f"`{each}=" not in page] == []


def test_lightkube_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""
    monkeypatch.setitem(sys.modules, "lightkube", None)
    with pytest.raises(TargetError, match=r"pip install 'endpoint-devkit\[kubernetes\]'"):
        Api(None, "default")


def test_a_context_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A context that the kubeconfig does not have is told, and how to list those that it has."""
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text("apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n")
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(TargetError, match=r"Context 'nowhere' not found.*kubectl config get-contexts"):
        Api("nowhere", "default")
