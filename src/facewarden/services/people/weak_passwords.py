"""Passwords that are tried first: those of past breaches, common words dressed up, and everything near to them.

Never fetches a list and never sends a password anywhere: the lists come with a package (zxcvbn, MIT), pinned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

LETTERS_LEFT = 5  # what must be left of a password when common words, digits and signs are taken out
GUESSES_MIN = 10**10  # zxcvbn's highest class: beyond what a stolen argon2id hash lets anybody try
CHARS_ESTIMATED = 72  # the estimate's time grows with the square of the length; more characters add none to a weak one
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
_DRESS = re.compile(r"^[^a-z]+|[^a-z]+$")


def is_common(password: str, *about: str) -> bool:
    """True if hardly anything is left of it when common words, digits, signs and repetitions are taken out.

    So are the words of the texts `about` the user: a name, an organisation.
    """
    plain, own = password.casefold(), sorted(_words_of(about), key=len, reverse=True)
    return any(_left(form, own) < LETTERS_LEFT for form in (plain, plain.translate(_LEET)))


def is_breached(password: str) -> bool:
    """True if it is on the list of passwords of past breaches, as it is or with what people put around one."""
    plain = password.casefold()
    forms = {plain, plain.translate(_LEET)}
    forms |= {_DRESS.sub("", form) for form in forms}
    return not forms.isdisjoint(_breached())


def is_guessable(password: str, *about: str) -> bool:
    """True if a guesser who knows the common lists, and the texts `about` the user, needs less than `GUESSES_MIN`."""
    from zxcvbn import zxcvbn  # its lists take a moment to read, and most commands never ask

    return int(zxcvbn(password[:CHARS_ESTIMATED], user_inputs=sorted(_words_of(about)))["guesses"]) < GUESSES_MIN


@cache
def _breached() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _words_of(texts: Iterable[str]) -> set[str]:
    """Each word of three letters or more."""
    return {word for text in texts for word in re.findall(r"[^\W_]{3,}", text.casefold())}


def _left(form: str, own: Iterable[str]) -> int:
    for word in (*own, *_COMMON):
        form = form.replace(word, " ")
    return len(set(re.findall(r"[^\W\d_]", form)))
