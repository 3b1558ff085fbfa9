"""Which files the classifier consists of. Written by `make train-safety`."""

WEIGHTS_SHA256 = "052ca589bf039d16ee523004220ccd49861cce21e91df65ac4ae16e09d54c705"
WORDS_SHA256 = "c981f5c41781f0c1bb53317c4e24c3ea9e8840e37b3cb3300279c8df4c016dbb"
