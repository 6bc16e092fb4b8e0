"""What a ground says, by the code that counts and log entries keep: a rule's own words, or the program's.

Never decides anything: a code that no pack here knows any more is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from facewarden.law.loading import Pack

OWN: Mapping[str, str] = {
    "law_error": "The law could not be evaluated.",
    "no_permit": "No rule in force permits the act.",
    "no_face": "No face was found in it.",
    "photo_barred": "It was erased here before, and may not come back.",
    "face_suppressed": "It shows somebody who is kept out.",
    "host_not_of_source": "Its host is none of the source’s own.",
    "record_expunged": "The agency’s own record says that it must be gone by now.",
    "not_fetched": "It was left where it is: a rule bars its address.",
    "address_refused": "Its host leads to an address that is not on the public internet.",
    "host_unknown": "Its host’s name leads nowhere.",
    "bad_redirect": "Its server points to a place that is not gone to.",
    "fetch_failed": "Its server did not give it.",
    "fetch_slow": "Its server took too long.",
    "not_a_picture": "What is linked as a picture is none.",
    "unreadable": "The file cannot be read.",
    "empty_file": "The file is empty.",
    "file_too_large": "The file is too large.",
    "not_an_image": "The file is not an image.",
    "unsupported_format": "The file is of a format that is not read here.",
    "truncated": "The image is cut off.",
    "damaged_image": "The image is damaged.",
    "too_many_pixels": "The image has more pixels than are read.",
    "side_too_long": "One side of the image is too long.",
    "decode_timeout": "The image took too long to decode.",
    "decode_memory": "The image needs too much memory to decode.",
    "decoder_crashed": "The decoder stopped on the image.",
    "archive_bomb": "The archive would unpack to more than any archive of photos holds.",
    "archive_damaged": "The archive cannot be read.",
    "archive_member_damaged": "The archive’s file is not what its checksum says.",
    "archive_member_locked": "The archive’s file is encrypted.",
    "archive_member_no_file": "The archive holds a link or a device in its place.",
    "archive_path_escapes": "Its name leads out of the archive.",
    "warc_coding": "The web archive’s record is under a coding that is not read here.",
    "warc_cut": "The web archive’s record holds less than it says.",
    "warc_damaged": "The web archive’s record is damaged.",
    "warc_digest": "The web archive’s record is not what its digest says.",
}
"""Grounds that no pack holds: the program's own, and files that could not be used."""


def ground_words(packs: Sequence[Pack]) -> Mapping[str, str]:
    """The words of every ground known, by code."""
    return {**OWN, **{rule.rule_id: rule.text for pack in packs for rule in pack.rules}}
