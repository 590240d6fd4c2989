"""The rules: plain functions, a document in, findings out."""
