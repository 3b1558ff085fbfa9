"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "d4a96b4ab1de0b4f028014d9e3882e693b38b34a06d7e5617db36e3c67989ad3"
WORDS_SHA256 = "f6e1e931b51fd2d05028d9757145a74d11fbe47a44c3f4bc8d10460da269fdf8"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
