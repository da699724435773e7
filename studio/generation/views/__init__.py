"""The pages of this room: the studio with its composer and feed, the cards, and the page of one generation."""
