"""Measure an image; never decide. A score is a number from 0 to 1."""
