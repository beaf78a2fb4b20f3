"""The signature of a claim: HMAC-SHA256 by a key that the class shares.

It proves that somebody who has the key made the claim, and that not a letter of it was changed since. It does not
prove who that was, nor that the figures are true: whoever has the key can sign any figures. For those there is
`tito olympics verify`.
"""

import hashlib
import hmac
import json
from pathlib import Path

from tito.errors import TitoError

ALGORITHM, LEAST_BYTES, MOST_BYTES = "HMAC-SHA256", 16, 4096
KEY_FILE = "olympics.key"
MAKE = 'python -c "import secrets; print(secrets.token_hex(32))" > ' + KEY_FILE


def find_key(root: Path, path: Path | None) -> bytes | None:
    """The class's key: the named file, or olympics.key in the course folder if it is there."""
    path = path or (root / KEY_FILE if (root / KEY_FILE).is_file() else None)
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            key = file.read(MOST_BYTES).strip()
    except OSError as error:
        raise TitoError(f"The key {path} cannot be read ({error.strerror}): take the file that the class shares. "
                        f"The instructor makes it: {MAKE}") from None
    if len(key) < LEAST_BYTES:
        raise TitoError(f"The key {path} is shorter than {LEAST_BYTES} characters, so it could be guessed. "
                        f"The instructor makes one: {MAKE}")
    return key


def sign(claim: dict, key: bytes) -> dict:
    return {
        "algorithm": ALGORITHM,
        "key": name_of(key),
        "value": hmac.new(key, _text(claim), hashlib.sha256).hexdigest(),
    }


def state(claim: dict, key: bytes | None) -> str:
    """ "signed", or one word or more for why that cannot be said."""
    given = claim["signature"]
    if given is None:
        return "unsigned"
    if key is None:
        return "signed, by a key that is not here"
    if given["key"] != name_of(key):
        return "signed by another key"
    return "signed" if hmac.compare_digest(given["value"], sign(claim, key)["value"]) else "CHANGED after signing"


def name_of(key: bytes) -> str:
    return hashlib.sha256(b"name of the key: " + key).hexdigest()[:8]


def _text(claim: dict) -> bytes:
    """The claim without its signature, the same letters whoever writes it."""
    plain = {name: value for name, value in claim.items() if name != "signature"}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
