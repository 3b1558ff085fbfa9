"""Procedural pictures: everything the built-in model has ever seen, drawn with Pillow and numpy, with captions."""
