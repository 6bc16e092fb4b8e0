"""Search a facewarden installation from Python. One class, `Facewarden`; every answer is a frozen value.

Never keeps a photo or a password, and never follows an answer to another server.
"""

from facewarden_client.answers import Answer, Candidate, Case, Ground, Verdict
from facewarden_client.client import Facewarden
from facewarden_client.errors import FacewardenError, Refused

__all__ = ["Answer", "Candidate", "Case", "Facewarden", "FacewardenError", "Ground", "Refused", "Verdict"]
