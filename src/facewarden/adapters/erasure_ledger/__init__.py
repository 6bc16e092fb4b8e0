"""The erasure ledger as files beside the records: see `file`."""
