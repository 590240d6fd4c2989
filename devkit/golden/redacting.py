"""Secrets out of what is recorded, before it is written down anywhere. Pure.

Two nets: names that say what their value is (``password``, ``api_key``), and values that look like what they are (a
bearer token, a JWT, a shared access signature, a private key). A secret under a harmless name and of no known look
passes both, and so does one in a text that is neither JSON nor a form (multipart, XML, lines of JSON), where no name is
found: what is recorded wants a look before it is committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

__all__ = ["REDACTED", "Redactor"]

REDACTED: Final = "REDACTED"
_PARTS: Final = (
    *("password", "passwd", "pwd", "passphrase", "secret"),
    *("apikey", "accesskey", "accountkey", "privatekey", "authorization"),
    *("credential", "connectionstring", "accesstoken", "authtoken", "bearertoken", "refreshtoken", "sastoken"),
)
"""A name with one of these anywhere in it."""
_WHOLE: Final = frozenset({"sig", "signature", "token", "cookie", "cookies"})
"""Only as the whole name: ``max_tokens`` and ``signature_name`` are no secrets."""
_LOOKS: Final = re.compile(
    r"(?P<bearer>(?i:bearer)\s+[\w.~+/-]{8,}=*)"
    r"|(?P<jwt>\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*)"
    r"|(?P<sas>(?<=[?&]sig=)[\w%+/=-]+)"
    r"|(?P<aws>\bAKIA[0-9A-Z]{16}\b)"
    r"|(?P<prefixed>\b(?:ghp|gho|ghs|glpat|xox[abps]|sk|pk)[_-][\w-]{16,})"
    r"|(?P<account>(?<=AccountKey=)[\w+/=]+)"
    r"|(?P<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----)",
    re.DOTALL,
)


class Redactor:
    """Takes secrets out."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """Redact the usual names, and these too."""
        self._more = frozenset(map(_folded, names))

    def value(self, value: Any) -> Any:
        """A JSON value without secrets."""
        if isinstance(value, Mapping):
            return {key: REDACTED if self._is_secret(key, item) else self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """A text without what looks like a secret."""
        return _LOOKS.sub(REDACTED, text)

    def path(self, path: str) -> str:
        """A path whose query has no secrets."""
        route, mark, query = path.partition("?")
        if not mark:
            return path
        return f"{route}?{self.form(query)}"

    def form(self, text: str) -> str:
        """A query, or the body of a form, whose fields have no secrets; as it is written if none had."""
        safe = self.text(text)
        pairs = parse_qsl(safe, keep_blank_values=True)
        hidden = [(self.text(name), self._field(name, value)) for name, value in pairs]
        return safe if hidden == pairs else urlencode(hidden)

    def _field(self, name: str, value: str) -> str:
        return REDACTED if value and self._named(name) else self.text(value)

    def _is_secret(self, name: Any, value: Any) -> bool:
        """Whether a value is hidden for its name; a number under such a name counts something."""
        return isinstance(value, (str, Mapping, list)) and bool(value) and self._named(str(name))

    def _named(self, name: str) -> bool:
        folded = _folded(name)
        return folded in self._more or folded in _WHOLE or any(part in folded for part in _PARTS)


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
