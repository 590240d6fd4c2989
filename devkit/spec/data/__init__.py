"""Facts about Azure that change without us: sizes, images, limits; `sources.json` says from where and when."""
