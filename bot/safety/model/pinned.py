"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "bff5408163972cc08b46f70ae34e5b6086976b9f5c68994dfabbc7af4d5e9830"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
