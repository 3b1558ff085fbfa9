"""How the bundled classifier was made: `make train-safety`. Not needed to run Lienzo."""
