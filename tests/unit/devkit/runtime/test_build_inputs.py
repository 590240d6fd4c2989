"""What a build gets of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.runtime.build_inputs import CA, CONDA, PIP, build_inputs, pip_configuration

if TYPE_CHECKING:
    from pathlib import Path


def test_a_machine_without_anything_special_gives_nothing(tmp_path: Path) -> None:
    """The Dockerfile stays plain, so that an engine without BuildKit builds it."""
    inputs = build_inputs({"CONDARC": str(tmp_path / "none")}, {})
    assert (inputs.proxies, inputs.secrets, inputs.variables) == ((), {}, {})


def test_proxies_go_by_name(tmp_path: Path) -> None:
    """Docker reads their values itself: none is on a command line."""
    environ = {"https_proxy": "http://user:word@proxy", "NO_PROXY": "localhost", "CONDARC": str(tmp_path / "none")}
    assert build_inputs(environ, {}).proxies == ("https_proxy", "NO_PROXY")


def test_certificates_index_and_conda_s_settings_become_secrets(tmp_path: Path) -> None:
    """Each is a file while the installation runs, and its reader is told where."""
    ca, condarc = tmp_path / "ca.pem", tmp_path / "condarc"
    ca.write_text("CERTIFICATE", encoding="utf-8")
    condarc.write_text("channels: [mine]", encoding="utf-8")
    inputs = build_inputs({"SSL_CERT_FILE": str(ca), "CONDARC": str(condarc)}, {"index-url": "https://mine/simple"})
    assert inputs.secrets == {
        CA: b"CERTIFICATE",
        PIP: b"[global]\nindex-url = https://mine/simple\ncert = /run/secrets/devkit-ca\n",
        CONDA: b"channels: [mine]",
    }
    assert inputs.variables["SSL_CERT_FILE"] == inputs.variables["REQUESTS_CA_BUNDLE"] == "/run/secrets/devkit-ca"
    assert inputs.variables["PIP_CONFIG_FILE"] == "/run/secrets/devkit-pip"
    assert inputs.variables["CONDARC"] == "/run/secrets/devkit-conda"


def test_the_user_s_own_secrets_are_variables_while_it_installs(tmp_path: Path) -> None:
    """The shell reads the file: the Dockerfile names the secret, and does not hold it."""
    inputs = build_inputs({"DEVKIT_BUILD_SECRET_TOKEN": "value", "CONDARC": str(tmp_path / "none")}, {})
    assert inputs.secrets == {"TOKEN": b"value"}
    assert inputs.variables == {"TOKEN": "$(cat /run/secrets/TOKEN)"}


def test_what_lies_on_this_machine_alone_is_left_out() -> None:
    """A folder of wheels is not in the container: pip would stop, or warn for every package."""
    settings = {"extra-index-url": "file:///opt/index https://b/simple", "find-links": "/opt/wheels", "timeout": "60"}
    assert pip_configuration(settings) == "[global]\nextra-index-url = https://b/simple\ntimeout = 60\n"
    assert pip_configuration({"find-links": "/opt/wheels"}) == ""
