"""A local server that speaks both providers' APIs, for trying the app without a key and for tests.

It knows nothing of the app but the catalogue's data files: no Django, no other room.
docs/sandbox.md is its manual.
"""
