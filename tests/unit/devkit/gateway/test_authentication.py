from __future__ import annotations

import time

import pytest

from devkit.gateway.authentication import bearer, deny
from devkit.gateway.config import Authentication, digest_of_key
from devkit.gateway.tokens import EntraVerifier, issue, make_issuer

KEYS = Authentication(keys=(digest_of_key("first"), digest_of_key("second")))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("", None),
        ("Bearer ", None),
        ("Basic abc", None),
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
    ],
)
def test_the_credential_comes_as_bearer(header: str | None, found: str | None) -> None:
    """The scheme is told without case; others do not count."""
    assert bearer(header) == found


@pytest.mark.parametrize("key", ["first", "second"])
def test_both_keys_count_at_once(key: str) -> None:
    """So that clients can be moved from one to the other while one is made anew."""
    assert deny(f"Bearer {key}", KEYS, None, 0) is None


@pytest.mark.parametrize("header", [None, "Bearer third", "Basic first", "Bearer \udcff"])
def test_anything_else_is_401(header: str | None) -> None:
    """No key, a wrong key, another scheme, bytes that are no text."""
    denial = deny(header, KEYS, None, 0)
    assert denial is not None
    assert denial.status == 401


def test_the_file_holds_digests_and_no_digest_is_a_key() -> None:
    """Who reads the configuration cannot score with what is in it."""
    assert "first" not in KEYS.model_dump_json()
    assert deny(f"Bearer {KEYS.keys[0]}", KEYS, None, 0) is not None


def test_a_token_counts_until_it_expires() -> None:
    """An `aml_token` has a last second, and a refreshed one counts beside it."""
    rules = Authentication(mode="aml_token", tokens={digest_of_key("old"): 100.0, digest_of_key("new"): 200.0})
    assert deny("Bearer old", rules, None, 99.9) is None
    expired = deny("Bearer old", rules, None, 100.0)
    assert expired is not None
    assert "expired" in expired.message
    assert deny("Bearer new", rules, None, 100.0) is None
    assert deny("Bearer other", rules, None, 0) is not None


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, EntraVerifier]:
    private, public = make_issuer(tmp_path_factory.mktemp("issuer"))
    return private.read_bytes(), EntraVerifier(public.read_bytes())


ENTRA = Authentication(mode="aad_token", issuer="issuer.pem")


def test_a_token_of_the_local_issuer_lets_in(issuer: tuple[bytes, EntraVerifier]) -> None:
    """Signed, for the data plane, and in its time."""
    private, verifier = issuer
    now = time.time()
    assert deny(f"Bearer {issue(private, now)}", ENTRA, verifier, now) is None
    assert deny(f"Bearer {issue(private, now, aud='https://ml.azure.com/')}", ENTRA, verifier, now) is None


@pytest.mark.parametrize(
    ("claims", "later", "says"),
    [
        ({"aud": "https://management.azure.com"}, 0, "audience"),
        ({}, 4000, "expired"),
        ({"nbf": 2_000_000_000_000}, 0, "not count yet"),
        ({"exp": "soon"}, 0, "expired"),
        ({"aud": ["https://ml.azure.com"]}, 0, "audience"),
    ],
)
def test_a_token_for_something_else_does_not(
    issuer: tuple[bytes, EntraVerifier], claims: dict[str, object], later: float, says: str
) -> None:
    """Another audience, another time."""
    private, verifier = issuer
    now = time.time()
    denial = deny(f"Bearer {issue(private, now, **claims)}", ENTRA, verifier, now + later)
    assert denial is not None
    assert says in denial.message


def test_a_changed_or_unsigned_token_does_not(issuer: tuple[bytes, EntraVerifier], tmp_path: object) -> None:
    """The signature covers header and claims, and `alg: none` is no signature."""
    private, verifier = issuer
    header, claims, signature = issue(private, time.time()).split(".")
    none = "eyJhbGciOiJub25lIn0"
    for forged in (f"{header}.{claims}.", f"{none}.{claims}.", f"{header}.{claims[:-2]}AA.{signature}", "a.b.c", "x"):
        denial = deny(f"Bearer {forged}", ENTRA, verifier, time.time())
        assert denial is not None
        assert "signed" in denial.message


def test_without_an_issuer_nobody_is_let_in() -> None:
    """An endpoint in `aad_token` mode is not open by default."""
    assert deny("Bearer x", ENTRA, None, 0) is not None
