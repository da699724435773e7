"""Leaving: what happens to the work, the projects and the data of a person who goes."""
