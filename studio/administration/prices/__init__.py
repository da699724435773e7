"""The prices' page: by what a model's price differs, the table that is filled with it, and what it was before."""
