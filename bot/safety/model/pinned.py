"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "7184c5b42c0e8bc2388417c4ee6263ced148d21636adceec7225fb608a8ba88d"
WORDS_SHA256 = "f6e1e931b51fd2d05028d9757145a74d11fbe47a44c3f4bc8d10460da269fdf8"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
