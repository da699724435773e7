"""Who gets which answer, for every route: one table per room."""
