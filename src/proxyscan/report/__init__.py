"""A summary for people: the answer in the terminal."""
