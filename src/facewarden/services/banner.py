"""What everybody is told before they enter, on every surface. Never a question: to sign in is to know it."""

USE_BANNER = (
    "For authorised users only. Search only under an open case of your own, for its stated purpose.",
    "Every act is decided by the law in force and recorded in a log that cannot be changed unnoticed. Signing in means"
    " that you know this.",
    "What a search finds are candidates. A candidate is a lead: not an identification, and no cause to arrest anybody.",
)
