"""The command line of training: `python -m inference.builtin.train STAGE --work DIR`.

    data        draw pictures, write captions, build the tokenizer
    vae         train the autoencoder; `--decoder-only` afterwards sharpens it for frozen latents
    diffusion   encode the pictures once, then train U-Net and text encoder together
    enlarger    train the network that makes 512 pixels of 128
    package     write the diffusers folder that ships

Every training stage saves every few minutes and goes on from there when started again; `--minutes` bounds one sitting.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

log = logging.getLogger("inference.builtin")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inference.builtin.train", description=__doc__.splitlines()[0])
    parser.add_argument("stage", choices=["data", "vae", "diffusion", "enlarger", "package"])
    parser.add_argument("--work", type=Path, default=Path("training"), help="folder for everything that training makes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15.0, help="how long this sitting trains")
    parser.add_argument("--processes", type=int, default=2, help="single-thread processes that share each step")
    parser.add_argument("--shards", default="", help="data: draw only these; training: name=weight,name=weight ...")
    parser.add_argument("--rate", type=float, default=None, help="learning rate of Muon; the rest follows from it")
    parser.add_argument("--cooldown", action="store_true", help="lower the rate to zero over this sitting; saved apart")
    parser.add_argument("--decoder-only", action="store_true", help="vae: leave the latents as they are")
    parser.add_argument("--crop", type=int, default=None, help="vae: train on crops of this side")
    parser.add_argument("--batch", type=int, default=None, help="pictures per process and step")
    parser.add_argument("--out", type=Path, default=None, help="package: the folder to write")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    work: Path = chosen.work
    if chosen.stage == "data":
        from inference.builtin import data, tokenizer

        data.draw_shards(work, chosen.seed, tuple(filter(None, chosen.shards.split(","))))
        if set(data.SHARDS) <= set(data.shard_names(work)):
            tokenizer.build(work)
    elif chosen.stage == "vae":
        from inference.builtin import sitting, vae

        sitting.run(
            vae.train,
            chosen.processes,
            vae.Settings(
                work,
                _weights(chosen.shards),
                chosen.minutes,
                chosen.rate or 3e-3,
                chosen.batch or 8,
                chosen.crop,
                chosen.cooldown,
                chosen.decoder_only,
                chosen.seed,
            ),
        )
    elif chosen.stage == "diffusion":
        from inference.builtin import diffusion, latents, sitting

        weights = _weights(chosen.shards)
        sitting.run(latents.prepare, chosen.processes, chosen.processes, work, list(weights))
        sitting.run(
            diffusion.train,
            chosen.processes,
            diffusion.Settings(
                work,
                weights,
                chosen.minutes,
                chosen.rate or 2e-3,
                chosen.batch or 32,
                cooldown=chosen.cooldown,
                seed=chosen.seed,
            ),
        )
    elif chosen.stage == "enlarger":
        from inference.builtin import enlarge, sitting

        rate, batch = chosen.rate or 2e-3, chosen.batch or 4
        sitting.run(
            enlarge.train, chosen.processes, enlarge.Settings(work, chosen.minutes, rate, batch, seed=chosen.seed)
        )
    else:
        from inference.builtin import package

        out = chosen.out or Path(__file__).parent / "weights"
        log.info("packaged step %d as %s", package.write(work, out, chosen.cooldown), out)


def _weights(told: str) -> dict[str, float]:
    """`one=3,two` -> {"one": 3.0, "two": 1.0}"""
    pairs = (part.partition("=") for part in told.split(",") if part)
    return {name: float(weight or 1) for name, _, weight in pairs}


if __name__ == "__main__":
    main()
