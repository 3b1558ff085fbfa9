"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "8acf0d96bb25af1deba717c2852185f2dd0ddd72e63393b7f0fa9e97f3caa64f"
WORDS_SHA256 = "66e1f42e19801a934f018c9469915614eb7d056684cef5293b24ce631c2a4a2a"
MEANINGS_SHA256 = "5f752b2a417d74d517def352abe33e58a4050c2c8868e7df7645529f0717d396"
