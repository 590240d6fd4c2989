"""The line that tells why an instance ended."""

from __future__ import annotations

import pytest

from devkit.control_plane.last_words import last_words

WRAPPED = """\
Traceback (most recent call last):
  File "/var/azureml-app/src/score.py", line 1, in <module>
    import nope
ModuleNotFoundError: No module named 'nope'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "server.py", line 79, in load_script
    raise UserScriptImportException(ex) from ex
azureml_inference_server_http.server.user_script.UserScriptImportException: Failed to import user script
the inference server ended with exit code 3
"""
TWO = "KeyError: 'first, long ago'\nserving\nValueError: the last\nbye\n"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (WRAPPED, "ModuleNotFoundError: No module named 'nope'"),
        (TWO, "ValueError: the last"),
        ("infsrv: there is no score.py here\n\n", "infsrv: there is no score.py here"),
        ("the script Errors: are counted\nbye\n", "bye"),
        ("", "It printed nothing."),
    ],
)
def test_it_is_the_script_s_own_error(log: str, said: str) -> None:
    """Neither what a server wraps around it, nor what is printed after it; without an exception the last line."""
    assert last_words(log) == said
