"""TLS for this machine: an authority of the kit's own and a certificate for localhost, 127.0.0.1 and ::1.

A client trusts the authority's certificate (`REQUESTS_CA_BUNDLE=<ca.pem>`); it outlives the server's certificate, which
is made anew a month before it ends. Keys are for their owner alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devkit.disk.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["NAMES", "Certificates", "ensure"]

NAMES = ("localhost", "127.0.0.1", "::1")
_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397
"""The longest that Apple's systems accept."""
_RENEW_BEFORE = dt.timedelta(days=30)
_CLOCKS_DIFFER = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Certificates:
    """The files."""

    authority: Path
    """The authority's certificate, PEM: what a client is told to trust."""
    server: Path
    """Certificate, authority and private key in one PEM file, mode 0600: what a server is given."""


def ensure(folder: Path, names: Sequence[str] = NAMES, now: dt.datetime | None = None) -> Certificates:
    """The certificates in `folder`, made where they are missing, damaged, for other names or about to end.

    Args:
        folder: made for its owner alone if it is not there.
        names: host names and addresses that the server is reached by.
        now: the time; the clock's unless told.
    """
    now = now or dt.datetime.now(tz=dt.timezone.utc)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Certificates(folder / "ca.pem", folder / "server.pem")
    authority = _read_authority(folder, now)
    if authority is None:
        authority = _make_authority(folder, now)
    elif _is_good(files.server, authority[1], names, now):
        return files
    _make_server(files.server, authority, names, now)
    return files


def _read_authority(folder: Path, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    try:
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    outlives = certificate.not_valid_after_utc > now + dt.timedelta(days=_SERVER_DAYS)
    return (key, certificate) if outlives else None


def _is_good(path: Path, authority: x509.Certificate, names: Sequence[str], now: dt.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        certificate.verify_directly_issued_by(authority)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001  whatever is wrong with the file, a new one is made
        return False
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return list(found) == _general_names(names) and starts <= now and ends > now + _RENEW_BEFORE


def _make_authority(folder: Path, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "endpoint-devkit local authority")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_whole(folder / "ca.key", _key_pem(key))
    write_whole(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return key, certificate


def _make_server(
    path: Path,
    authority: tuple[ec.EllipticCurvePrivateKey, x509.Certificate],
    names: Sequence[str],
    now: dt.datetime,
) -> None:
    ca_key, ca = authority
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        _builder(subject, ca.subject, key, now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pems = (certificate.public_bytes(serialization.Encoding.PEM), ca.public_bytes(serialization.Encoding.PEM))
    write_whole(path, b"".join(pems) + _key_pem(key))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
