"""The pages of this room: what guests of a link see, and the links of a project."""
