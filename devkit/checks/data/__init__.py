"""Facts that rules rest on, as data with source and date; ``refresh.py`` makes them anew."""
