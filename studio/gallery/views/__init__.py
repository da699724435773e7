"""The pages of this room: the gallery, the page of an image, what is done to images, and their bytes."""
