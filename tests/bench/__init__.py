"""The strict test bench: what every test is held to, and the helpers that hold it there."""
