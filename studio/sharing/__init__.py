"""Share links: pictures of a project for people without an account."""
