"""`make crash KILLS=100 SEED=1`: a storm by hand. Its last line sums it up; the status is 1 if anything went wrong."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.storm import storm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lienzo-crash-"))
    verdict = asyncio.run(storm(wanted.kills, wanted.seed, folder, lambda text: print(text, flush=True)))
    print(f"ends: {', '.join(f'{count} {state}' for state, count in sorted(verdict.ends.items()))}")
    if verdict.problems:
        for problem in verdict.problems:
            print(problem)
        print(f"The bot's log and the story of each: {folder}")
    else:
        shutil.rmtree(folder)
    print(verdict)
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
