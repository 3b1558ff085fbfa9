"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "12daa336fde9a1e718d37a00e504e93e491085ef2f8085995347af317f629399"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
