"""The jobs of all projects as admins see them: what needs a person, what runs, what waits, what failed."""
