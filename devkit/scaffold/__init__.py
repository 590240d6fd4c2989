"""The files of a new deployment, as ``devkit init`` writes them."""
