from __future__ import annotations

from typing import Any

import pytest

from devkit.golden.redacting import REDACTED, Redactor

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name", ["password", "API-Key", "client_secret", "accessToken", "Authorization", "token", "db_pwd", "Passphrase"]
)
def test_values_under_telling_names_are_redacted(name: str) -> None:
    """A value whose name says that it is a secret is redacted, however the name is spelt and however deep it lies."""
    assert Redactor().value({"a": [{name: "hunter2"}]}) == {"a": [{name: REDACTED}]}


@pytest.mark.parametrize("name", ["max_tokens", "tokenizer", "signature_name", "keys", "key", "data", "tokens"])
def test_harmless_names_stay(name: str) -> None:
    """Names that models use for other things are left alone."""
    assert Redactor().value({name: "x"}) == {name: "x"}


def test_a_number_under_a_telling_name_stays() -> None:
    """A number counts something; redacting it would change what the model is asked."""
    assert Redactor().value({"token": 7}) == {"token": 7}


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abcdefgh12345678",
        JWT,
        "https://x.blob.core.windows.net/c/b?sv=1&sig=abc%2Fdef%3D",
        "AccountName=a;AccountKey=c2VjcmV0c2VjcmV0;Suffix=x",
        "AKIAABCDEFGHIJKLMNOP",
        "sk-abcdefghijklmnop1234",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_values_that_look_like_secrets_are_redacted(text: str) -> None:
    """What looks like a token or a key is redacted within any text, whatever its name."""
    safe: Any = Redactor().value({"note": f"see {text} there"})
    assert REDACTED in safe["note"]
    assert text not in safe["note"]


def test_names_of_the_users_own() -> None:
    """More names can be given."""
    assert Redactor(["patient-id"]).value({"patient_id": "7a"}) == {"patient_id": REDACTED}


def test_the_query_of_a_path() -> None:
    """A secret in the query is redacted, and a path without one stays as it is written."""
    assert Redactor().path("/score?api_key=abc&n=1") == "/score?api_key=REDACTED&n=1"
    assert Redactor().path("/score?q=a%20b") == "/score?q=a%20b"


def test_the_fields_of_a_form() -> None:
    """A secret in a form is redacted by its field's name or its look, and a form without one stays as it is written."""
    assert Redactor().form("pass%77ord=hunter2&n=1&token=") == "password=REDACTED&n=1&token="
    assert JWT not in Redactor().form(f"note={JWT}")
    assert Redactor().form("q=a%20b&n") == "q=a%20b&n"


def test_a_text_that_is_no_form_after_all() -> None:
    """What was sent as a form and is none stays, but for what looks like a secret."""
    assert Redactor().form("just a password, no field") == "just a password, no field"
    assert Redactor().form(f"see {JWT}") == "see REDACTED"
