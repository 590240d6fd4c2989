"""How every part of the kit treats this machine's disk: files written whole, locks, the user's cache folder."""
