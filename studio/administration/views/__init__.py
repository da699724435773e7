"""Pages for admins, one module each."""
