"""What the kit writes for an editor: pure functions from files as they are to files as they should be."""
