"""The engine: submits, polls and downloads all due generations at once, in slices of one asyncio loop.

From the top: `slice` (one slice's life), `work` (one generation's steps), `fetching` (files), `watching` (outages),
`outcomes` and `claims` (what is written), `leases`, `database` (the one ORM thread), `schedule` and `durations` (pure).
"""
