"""Search one face: FACEWARDEN_PASSWORD=… python search.py ADDRESS NAME PHOTO"""

import os
import sys
from pathlib import Path

from facewarden.client import Client

stated = {"sought_for": "conduct", "basis": "statute", "basis_reference": "PC 211", "offence": "120"}
with Client(sys.argv[1], sys.argv[2], os.environ["FACEWARDEN_PASSWORD"]) as client:
    case = client.open_case("2026-004711", "investigate_crime", **stated)
    answer = client.search(case["case_id"], Path(sys.argv[3]), limit=5)
    for candidate in answer["candidates"] or ["no reliable lead"]:
        print(candidate)
