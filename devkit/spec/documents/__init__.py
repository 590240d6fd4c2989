"""The kinds of documents, one module a family."""
