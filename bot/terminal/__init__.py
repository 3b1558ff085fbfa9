"""What `lienzo` does in a terminal, one file for each of its commands."""
