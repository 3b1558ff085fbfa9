"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "ab13d41289d15f1f9e644be7c26fcdfa529ee5fd0aeb9d061093a26c74980c0b"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
