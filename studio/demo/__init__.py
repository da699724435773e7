"""A team that never was, with months of work behind it: for trying, showing and measuring Studio."""
