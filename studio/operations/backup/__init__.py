"""Backups: one file with a consistent copy of the database, the media that it knows, and their hashes."""
