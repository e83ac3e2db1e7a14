"""Passwords: argon2id with the parameters of RFC 9106's second recommendation, as argon2-cffi has them by default."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD = 1_024
_HASHER = PasswordHasher()
# Checked for names nobody has, so that the time of an answer does not tell which names there are.
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The PHC string to keep in place of a password."""
    return _HASHER.hash(password)


def is_hash(text: str) -> bool:
    """Whether a text is an argon2 hash, not a password that somebody put in its place."""
    try:
        _HASHER.check_needs_rehash(text)
    except InvalidHashError:
        return False
    return True


def matches(password_hash: str, password: str) -> bool:
    """Whether a password is the one that was hashed; an empty hash takes as long and never matches."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)
