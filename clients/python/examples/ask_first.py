"""What the law says before any photo is sent: python ask_first.py ADDRESS CASE_NUMBER."""

import sys

from facewarden_client import Facewarden

address, number = sys.argv[1:]
with Facewarden(address) as service:
    case = next(case for case in service.cases() if case.number == number)
    verdict = service.law(case)
    print("allowed" if verdict.allowed else "refused")
    for ground in verdict.grounds:
        print(f"{ground.rule}: {ground.text} ({ground.citation})")
