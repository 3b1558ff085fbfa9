"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "b3ea4f303be6031be563bec2cf983e0effc0f957dfbd262001a5a4b960e6549b"
WORDS_SHA256 = "f6e1e931b51fd2d05028d9757145a74d11fbe47a44c3f4bc8d10460da269fdf8"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
