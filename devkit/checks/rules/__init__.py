"""One module per family of rules; importing it registers its rules in the catalogue."""
