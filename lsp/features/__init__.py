"""One module a feature, each of pure functions: an open document and a place in it, to plain data."""
