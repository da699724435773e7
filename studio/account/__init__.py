"""A person's own account: profile, appearance, notifications."""
