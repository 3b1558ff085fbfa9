"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "76d2bc6e5d3efeffbbc2a67de1945b9208f9cf45bfcda317d8d001b58531d18c"
WORDS_SHA256 = "66e1f42e19801a934f018c9469915614eb7d056684cef5293b24ce631c2a4a2a"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
