"""See why the law refuses: FACEWARDEN_PASSWORD=… python refused.py ADDRESS NAME CASE PHOTO"""

import os
import sys
from pathlib import Path

from facewarden.client import Client, RefusedByLawError

with Client(sys.argv[1], sys.argv[2], os.environ["FACEWARDEN_PASSWORD"]) as client:
    try:
        client.search(sys.argv[3], Path(sys.argv[4]), kind="sketch")
    except RefusedByLawError as refused:
        print(refused.audit_index, *((ground["rule"], ground["remedy"]) for ground in refused.grounds))
