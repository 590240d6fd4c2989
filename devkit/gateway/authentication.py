"""Who is let in: the three `auth_mode`s of an endpoint. All of them come as `Authorization: Bearer …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from devkit.gateway.config import digest_of_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.gateway.config import Authentication

__all__ = ["Denial", "Verifier", "bearer", "deny"]

_SCHEME = "bearer "


class Denial(NamedTuple):
    """Why a caller is not let in. The service's own texts are not documented: clients go by the status."""

    status: int
    code: str
    message: str


class Verifier(Protocol):
    """Verifies Microsoft Entra tokens; see `devkit.gateway.tokens`."""

    def refusal(self, token: str, now: float) -> str | None:
        """Why the token does not count, as a sentence; None where it does."""
        ...


def bearer(authorization: str | None) -> str | None:
    """The credential of the header `Authorization`; None where there is none or the scheme is another."""
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    return authorization[len(_SCHEME) :].strip() or None


def deny(authorization: str | None, rules: Authentication, verifier: Verifier | None, now: float) -> Denial | None:
    """Why the caller is not let in; None where it is.

    Args:
        authorization: the header, None where it was not sent.
        rules: the endpoint's.
        verifier: for `aad_token`.
        now: seconds since the epoch.
    """
    credential = bearer(authorization)
    if credential is None:
        return _denied("Send the header Authorization: Bearer <key or token>.")
    if rules.mode == "key":
        return None if digest_of_key(credential) in rules.keys else _denied("The key is not one of the endpoint's two.")
    if rules.mode == "aml_token":
        return _deny_token(digest_of_key(credential), rules.tokens, now)
    return _deny_entra(credential, verifier, now)


def _deny_token(digest: str, tokens: Mapping[str, float], now: float) -> Denial | None:
    expiry = tokens.get(digest)
    if expiry is None:
        return _denied("The token was not issued for this endpoint. Ask for one with get-credentials.")
    return None if now < expiry else _denied("The token has expired. Ask for a new one with get-credentials.")


def _deny_entra(token: str, verifier: Verifier | None, now: float) -> Denial | None:
    if verifier is None:
        return _denied("This endpoint has no local issuer of Microsoft Entra tokens.")
    refusal = verifier.refusal(token, now)
    return _denied(refusal) if refusal is not None else None


def _denied(message: str) -> Denial:
    return Denial(401, "Unauthorized", message)
