"""What `manage.py doctor` looks at: each check is one function that yields what it found, with the way to mend it."""
