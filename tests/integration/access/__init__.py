"""Who gets which answer, for every route: one module per room, with its table in `ROWS`."""
