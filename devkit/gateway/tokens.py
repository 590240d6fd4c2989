"""Microsoft Entra tokens without Entra, for tests: a local issuer signs them, the gateway verifies them (RS256)."""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["AUDIENCE", "EntraVerifier", "issue", "make_issuer"]

AUDIENCE = "https://ml.azure.com"
"""What a token for the data plane is issued for (authenticating clients for online endpoints, read 2026-11)."""
PRIVATE_KEY = "issuer.key"
PUBLIC_KEY = "issuer.pem"
_LEEWAY_S = 60
_BITS = 2048
_PARTS = 3


def make_issuer(folder: Path) -> tuple[Path, Path]:
    """The private key (mode 0600) and the public key of a local issuer, made in `folder` unless they are there."""
    private, public = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    if private.exists() and public.exists():
        return private, public
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


def issue(private_key: bytes, now: float, *, lifetime_s: float = 3600, **claims: Any) -> str:
    """A token for the data plane.

    Args:
        private_key: the issuer's, PEM.
        now: seconds since the epoch.
        lifetime_s: how long it counts.
        claims: further ones, or others in place of the usual ones.
    """
    key = serialization.load_pem_private_key(private_key, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the issuer's key is not an RSA key")
    payload = {"aud": AUDIENCE, "iat": int(now), "nbf": int(now), "exp": int(now + lifetime_s), **claims}
    signed = f"{_encode({'alg': 'RS256', 'typ': 'JWT'})}.{_encode(payload)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


class EntraVerifier:
    """Tells whether a token was signed by the local issuer, for the data plane, and counts now.

    Args:
        public_key: the issuer's, PEM.

    Raises:
        ValueError: it is no RSA public key.
    """

    def __init__(self, public_key: bytes) -> None:
        key = serialization.load_pem_public_key(public_key)
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError("it is not an RSA public key")  # noqa: TRY004  like every other unusable key file
        self._key = key

    def refusal(self, token: str, now: float) -> str | None:
        """Why the token does not count, as a sentence; None where it does."""
        claims = self._claims(token)
        if claims is None:
            return "The token is no JSON Web Token that the local issuer signed with RS256."
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience.rstrip("/") != AUDIENCE:
            return f"The token was issued for another audience; ask for one for {AUDIENCE}."
        begins, expires = claims.get("nbf", 0), claims.get("exp")
        if not isinstance(expires, (int, float)) or now >= expires + _LEEWAY_S:
            return "The token has expired."
        if not isinstance(begins, (int, float)) or now < begins - _LEEWAY_S:
            return "The token does not count yet."
        return None

    def _claims(self, token: str) -> dict[str, Any] | None:
        """What a token with a good signature says; None for any other."""
        parts = token.split(".")
        if len(parts) != _PARTS:
            return None
        try:
            header, claims, signature = _decode(parts[0]), _decode(parts[1]), _bytes(parts[2])
            if header.get("alg") != "RS256":
                return None
            self._key.verify(signature, f"{parts[0]}.{parts[1]}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError, binascii.Error, RecursionError):
            return None
        return claims


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(part: str) -> dict[str, Any]:
    value = json.loads(_bytes(part))
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  all that is wrong with a token is one thing to its reader
    return value


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
