"""One search: python search.py ADDRESS CASE_NUMBER PHOTO, with FACEWARDEN_API_KEY in the environment."""

import sys

from facewarden_client import Facewarden

address, number, photo = sys.argv[1:]
with Facewarden(address) as service:
    case = next(case for case in service.cases() if case.number == number)
    answer = service.search(case, photo, face=1)
    print(f"{len(answer.candidates)} candidates among {answer.gallery_size} faces; log entry {answer.audit_index}")
    for candidate in answer.candidates:
        print(candidate.rank, candidate.similarity, candidate.expected_lookalikes or "cannot be told", candidate.source)
