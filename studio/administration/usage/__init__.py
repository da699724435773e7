"""The usage pages: of the whole team for admins, of one's own for everybody."""
