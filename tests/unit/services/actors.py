"""Whoever acts in a test, out of the made-up installation."""

from facewarden.domain.accounts import Actor
from facewarden.domain.ids import SessionId, random_id


def actor_of(installation, name):
    """The user of that sign-in name, signed in."""
    user = next(user for user in installation.account_records.users() if user.sign_in_name == name)
    organisation = next(o for o in installation.account_records.known if o.organisation_id == user.organisation_id)
    return Actor(user, organisation, SessionId(random_id("ses")))
