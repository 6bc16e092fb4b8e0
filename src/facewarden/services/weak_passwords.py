"""Passwords that are tried first: common words, dressed up with digits and signs.

Never fetches a list and never sends a password anywhere: what is common is written down here.
"""

from __future__ import annotations

import re

LETTERS_LEFT = 5  # what must be left of a password when common words, digits and signs are taken out
_WORDS = """
password passwort passw pass admin administrator welcome letmein iloveyou qwertyuiop qwerty azerty asdfghjkl asdf
zxcvbnm
monkey dragon football baseball basketball superman batman sunshine princess master shadow login secret changeme default
trustno trust starwars whatever freedom hello michael jordan charlie summer winter spring autumn january february march
april june july august september october november december
monday friday police sheriff detective officer department
county chicago america facewarden clearview search operator investigator examiner user guest test demo temp abcdef abc
correcthorsebatterystaple
"""
_COMMON = sorted(_WORDS.split(), key=len, reverse=True)
_LEET = str.maketrans("0134578@$!", "oieastbasi")


def is_common(password: str) -> bool:
    """True if hardly anything is left of it when common words, digits, signs and repetitions are taken out."""
    plain = password.casefold()
    return any(_left(form) < LETTERS_LEFT for form in (plain, plain.translate(_LEET)))


def _left(form: str) -> int:
    for word in _COMMON:
        form = form.replace(word, " ")
    return len(set(re.findall(r"[^\W\d_]", form)))
