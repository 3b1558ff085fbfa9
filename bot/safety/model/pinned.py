"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "805ad23b12d4277233636572bac628b533d21be344e69de43e59a5bcde912813"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
