from __future__ import annotations

import pytest
from homelab_cmd.auth.passwords import hash_password, verify_password
from homelab_cmd.errors import Unprocessable


def test_a_password_is_stored_as_argon2id() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert verify_password("correct horse", stored) == (True, None)
    assert verify_password("correct horse ", stored) == (False, None)
    assert hash_password("correct horse") != stored


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1_025])
def test_lengths_are_bounded(password: str) -> None:
    with pytest.raises(Unprocessable):
        hash_password(password)


@pytest.mark.parametrize("password", ["pässwörter", "\ud800 lone surrogate", "nul\0 byte"])
def test_odd_characters_are_characters(password: str) -> None:
    stored = hash_password(password)
    assert verify_password(password, stored)[0]
    assert not verify_password(password[:-1], stored)[0]


def test_nobody_has_the_decoys_password() -> None:
    assert verify_password("a password that nobody has", None) == (False, None)
    assert verify_password("x" * 5_000, None) == (False, None)


def test_a_hash_of_other_costs_is_renewed() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
    assert verify_password("correct horse", weak + "AAAA")[0] is False
    assert verify_password("correct horse", "not a hash") == (False, None)
