"""The reply to a site's owner: what was done about their letter, in counts that they can check.

Never names a person, a photo or another source, and never promises what is not done yet.
"""

from __future__ import annotations

from facewarden.domain.provenance import Takedown, TakedownState


def reply_letter(takedown: Takedown, installation: str, verifier_key: str) -> str:
    """The letter as plain text, lines of at most 78 characters."""
    counts, done = takedown.counts, takedown.done_at
    lines = [
        f"Re: your letter about {takedown.subject}",
        f"Reference: {takedown.takedown_id}",
        "",
        f"We followed your letter on {takedown.begun_at:%Y-%m-%d %H:%M} UTC. Its SHA-256 is",
        f"  {takedown.letter_hash}",
        "",
    ]
    if takedown.hosts:
        lines += ["Nothing is collected any more from these hosts and everything below them:"]
        lines += [f"  {host}" for host in takedown.hosts]
        lines += [f"Collections that went on and were given up: {counts.get('collections', 0):,}", ""]
    lines += [
        "Photos in our gallery that nobody but you permitted:",
        f"  erased: {counts['photos']:,} photos with {counts['faces']:,} faces: files, templates, search index",
    ]
    if done is not None and takedown.state is TakedownState.DONE:
        lines.append(f"  their bytes were gone from our stores on {done:%Y-%m-%d %H:%M} UTC")
    else:
        lines.append("  their erasure is not finished yet: they are shown to nobody meanwhile")
    lines += [
        "  these files are refused for good should anybody bring them again",
        "",
        "Photos that stay:",
        f"  {counts['kept']:,} that another source permits us, by a permission of its own",
    ]
    if counts["held"]:
        lines.append(f"  {counts['held']:,} under a legal hold: shown to nobody, erased when the hold ends")
    lines += [f"  {counts['look_alikes']:,} of other sources that look like one of yours: a person is looking at each"]
    if counts["without_address"]:
        lines += [
            f"  {counts['without_address']:,} that came without an address from a source that owns other hosts too:",
            "  tell us which are yours, and we look at them",
        ]
    lines += [
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
