"""The command line: one file per command group. It authenticates like the web and decides nothing itself."""
