"""Writes roles.txt as the walk finds it: python -m tests.integration.people_pages.write_roles, from the root.

Read the difference before committing it: each line says who is let in.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from facewarden.bootstrap import opening
from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.settings import MODELS_VARIABLE, PROVIDERS, Settings, default_models_dir

from .conftest import PASSWORD
from .walking import Walk, in_words

HEAD = (
    "# Who is let in, by route. Where an id decides, a made-up one is answered alike for everybody;\n"
    "# a form that the law decides once it is filled in is everybody's here: it was sent empty."
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        models = Path(os.environ.get(MODELS_VARIABLE) or default_models_dir())
        settings = Settings(base / "data", models, base / "config", None, None, None, 1, PROVIDERS["cpu"])
        opening.create_installation(settings, "test", "Operations", "operator", PASSWORD)
        installation = opening.open_installation(settings)
        operator = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))
        add = installation.accounts.add_organisation
        agency = add(operator, "Rivermouth Police", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-WA")
        walk = Walk(installation, agency)
        lines = in_words({role: walk.as_role(role) for role in Role})
        installation.close()
    Path(__file__).with_name("roles.txt").write_text("\n".join([HEAD, *lines, ""]), "utf-8")


if __name__ == "__main__":
    main()
