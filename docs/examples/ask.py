"""Ask the law before any photo is sent: FACEWARDEN_PASSWORD=… python ask.py ADDRESS NAME"""

import os
import sys

from facewarden.client import Client

with Client(sys.argv[1], sys.argv[2], os.environ["FACEWARDEN_PASSWORD"]) as client:
    for case in client.cases():
        told = client.ask(case["case_id"])
        print(case["number"], told["decision"], *(ground["text"] for ground in told["grounds"]))
