"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "545b70e69701f7edadb8eb3059e8f0dc1c072e39a22c8559a4db384c95e47d0e"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
