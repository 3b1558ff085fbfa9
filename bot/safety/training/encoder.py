"""encoder.safetensors and word_pieces.txt: all-MiniLM-L6-v2 made small. `python -m bot.safety.training.encoder FOLDER`,
with the published checkpoint's model.safetensors and vocab.txt, makes them.

Matrices go into 8 bits, each number that comes out of one with a scale of its own; positions past the longest text
that is read and pieces that are not of ASCII letters and digits are left out. They change rarely, so training the
classifier does not need the checkpoint.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from bot.safety.encoder import ENCODER, END, MOST_PIECES, READ_LAYERS, START, UNKNOWN, WORD_PIECES, Tensors
from bot.safety.training.pinning import pin

CHECKPOINT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # as its authors published it
_KEPT = re.compile(r"(##)?[a-z0-9]+")


def make(checkpoint: Path) -> None:
    data = (checkpoint / "model.safetensors").read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != CHECKPOINT_SHA256:
        raise SystemExit(f"{checkpoint / 'model.safetensors'} is another file than the one published: SHA-256 {found}")
    theirs = load(data)
    every = (checkpoint / "vocab.txt").read_text(encoding="utf-8").splitlines()
    kept = [at for at, piece in enumerate(every) if piece in (UNKNOWN, START, END) or _KEPT.fullmatch(piece)]
    WORD_PIECES.write_text("\n".join(every[at] for at in kept), encoding="utf-8")
    positions = theirs["embeddings.position_embeddings.weight"][: MOST_PIECES + 2]
    pieces, scales = _in_8_bits(theirs["embeddings.word_embeddings.weight"][kept])
    ours = {
        # There is one kind of token here, so its embedding is part of every position's.
        "positions": (positions + theirs["embeddings.token_type_embeddings.weight"][0]).astype(np.float16),
        **stored_norm(theirs, "embeddings.LayerNorm", "norm"),
        "pieces": pieces,
        "pieces.scale": scales,
    }
    for number in range(max(READ_LAYERS)):
        name, our_name = f"encoder.layer.{number}.", f"layers.{number}."
        attention = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        ours |= stored_linear(theirs, attention, f"{our_name}attention")
        ours |= stored_linear(theirs, [f"{name}attention.output.dense"], f"{our_name}mixed")
        ours |= stored_norm(theirs, f"{name}attention.output.LayerNorm", f"{our_name}mixed_norm")
        ours |= stored_linear(theirs, [f"{name}intermediate.dense"], f"{our_name}wide")
        ours |= stored_linear(theirs, [f"{name}output.dense"], f"{our_name}narrow")
        ours |= stored_norm(theirs, f"{name}output.LayerNorm", f"{our_name}norm")
    ENCODER.write_bytes(save(ours))
    pin()


def _in_8_bits(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """And what to multiply each row with."""
    scales = (np.abs(rows).max(axis=1) / 127).astype(np.float32)
    return np.round(rows / scales[:, None]).astype(np.int8), scales


def stored_linear(theirs: Tensors, names: list[str], ours: str) -> Tensors:
    bias = np.concatenate([theirs[f"{name}.bias"] for name in names])
    weight, scale = _in_8_bits(np.concatenate([theirs[f"{name}.weight"] for name in names]))
    return {
        ours: np.ascontiguousarray(weight.T),
        f"{ours}.scale": scale,
        f"{ours}.bias": bias.astype(np.float16),
    }


def stored_norm(theirs: Tensors, name: str, ours: str) -> Tensors:
    return {
        f"{ours}.scale": theirs[f"{name}.weight"].astype(np.float16),
        f"{ours}.shift": theirs[f"{name}.bias"].astype(np.float16),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="folder with model.safetensors and vocab.txt")
    make(parser.parse_args().checkpoint)
