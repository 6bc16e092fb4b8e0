"""The reply to a site's owner: what was done about their letter, in counts that they can check.

Never names a person, a photo or another source, and never promises what is not done yet.
"""

from __future__ import annotations

from facewarden.domain.provenance import Takedown, TakedownState


def reply_letter(takedown: Takedown, installation: str, verifier_key: str) -> str:
    """The letter as plain text, lines of at most 78 characters."""
    lines = [
        f"Re: your letter about {takedown.subject}",
        f"Reference: {takedown.takedown_id}",
        "",
        f"We followed your letter on {takedown.begun_at:%Y-%m-%d %H:%M} UTC. Its SHA-256 is",
        f"  {takedown.letter_hash}",
        "",
        *_hosts(takedown),
        *_erased(takedown),
        *_staying(takedown),
        "",
        "Every step is in our audit log, which strangers can verify:",
        f"  log of {installation}, entry {takedown.decision_index} (decided)"
        + (f", entry {takedown.outcome_index} (done)" if takedown.outcome_index is not None else ""),
        f"  {verifier_key}",
        "",
        "Copies in backups are unreadable at the latest 30 days from now, when the last",
        "backup of the keys that open them is destroyed.",
        "",
    ]
    return "\n".join(lines)


def _hosts(takedown: Takedown) -> list[str]:
    if not takedown.hosts:
        return []
    return [
        "Nothing is collected any more from these hosts and everything below them:",
        *(f"  {host}" for host in takedown.hosts),
        f"Collections that went on and were given up: {takedown.counts.get('collections', 0):,}",
        "",
    ]


def _erased(takedown: Takedown) -> list[str]:
    counts, done = takedown.counts, takedown.done_at
    gone = "  their erasure is not finished yet: they are shown to nobody meanwhile"
    if done is not None and takedown.state is TakedownState.DONE:
        gone = f"  their bytes were gone from our stores on {done:%Y-%m-%d %H:%M} UTC"
    return [
        "Photos in our gallery that nobody but you permitted:",
        f"  erased: {counts['photos']:,} photos with {counts['faces']:,} faces: files, templates, search index",
        gone,
        "  these files are refused for good should anybody bring them again",
        "",
    ]


def _staying(takedown: Takedown) -> list[str]:
    counts = takedown.counts
    lines = ["Photos that stay:", f"  {counts['kept']:,} that another source permits us, by a permission of its own"]
    if counts["held"]:
        lines.append(f"  {counts['held']:,} under a legal hold: shown to nobody, erased when the hold ends")
    lines.append(
        f"  {counts['look_alikes']:,} of other sources that look like one of yours: a person is looking at each"
    )
    if counts["without_address"]:
        lines += [
            f"  {counts['without_address']:,} that came without an address from a source that owns other hosts too:",
            "  tell us which are yours, and we look at them",
        ]
    return lines
