"""One module a measure; each takes a running subject and gives plain numbers."""
