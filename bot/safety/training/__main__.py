"""`make train-safety DATA=FOLDER`: train the classifier on the sets of a folder, measure it, and write its files."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.safety.training.train import train


def main() -> None:
    parser = argparse.ArgumentParser(prog="make train-safety", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of *.jsonl files, see bot/safety/sets.py")
    parser.add_argument(
        "--left-out", action="store_true", help="also train once without each harmful set; writes nothing"
    )
    parser.add_argument("--held-out", action="store_true", help="measure the held-out split too: once, at the very end")
    arguments = parser.parse_args()
    train(arguments.folder, measures_left_out=arguments.left_out, measures_held_out=arguments.held_out)


if __name__ == "__main__":
    main()
