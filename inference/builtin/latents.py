"""Pictures and captions as the diffusion model sees them: normalised latents and token ids, computed once per shard.

Latents are stored with mean 0 and variance 1 per channel. The shift and scale that made them so are folded into the
shipped autoencoder (`package.py`), so that its latents times the standard factor 0.18215 are these.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
import torch
from torch import Tensor
from transformers import CLIPTokenizer

from inference.builtin import data, sitting, vae
from inference.builtin.tokenizer import END, LENGTH, START

log = logging.getLogger("inference.builtin")
FOLDER: Final = "latents"


def tokenizer(work: Path) -> Any:
    """The tokenizer of this run, as transformers reads it."""
    folder = work / "tokenizer"
    return CLIPTokenizer(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=LENGTH,
    )


def prepare(rank: int, processes: int, work: Path, names: list[str]) -> None:
    """Encodes the shards that are not encoded yet, every process its part: about 7 ms a picture on one core."""
    folder = work / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    autoencoder = vae.load(work)
    statistics = folder / "statistics.json"
    if rank == 0 and not statistics.exists():
        mean, deviation = measure(autoencoder, work)
        data.write_json(
            statistics, {"mean": mean.tolist(), "std": deviation.tolist(), "encoder": fingerprint(autoencoder)}
        )
    sitting.agree(True)  # wait for it
    if json.loads(statistics.read_text())["encoder"] != fingerprint(autoencoder):
        raise SystemExit(f"{folder} was made by another encoder: remove it, and start the diffusion stage anew")
    mean, deviation = load_statistics(work)
    tokens = tokenizer(work)
    missing = [name for name in names if not (folder / f"{name}-tokens.npy").exists()]
    for name in missing[rank::processes]:
        pictures = data.load_pictures(work, name)
        with torch.inference_mode():
            coded = [
                ((_encode(autoencoder, pictures[i : i + 16]) - mean) / deviation).half().numpy()
                for i in range(0, len(pictures), 16)
            ]
        np.save(folder / f"{name}.npy", np.concatenate(coded))
        told = data.load_captions(work, name)
        flat = [caption for ways in told for caption in ways]
        ids = np.concatenate([_ids(tokens, flat[i : i + 4096]) for i in range(0, len(flat), 4096)])
        np.save(folder / f"{name}-tokens.npy", ids.reshape(len(told), -1, LENGTH))
        log.info("encoded %s: %d pictures", name, len(pictures))


def measure(autoencoder: Any, work: Path) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (4, 1, 1) over a sample of every shard."""
    found = []
    with torch.inference_mode():
        for name in data.shard_names(work):
            pictures = data.load_pictures(work, name)[:256]
            parts = [_encode(autoencoder, pictures[start : start + 16]) for start in range(0, len(pictures), 16)]
            found.append(torch.cat(parts).transpose(0, 1).flatten(1))
    values = torch.cat(found, dim=1)
    return values.mean(1).view(4, 1, 1), values.std(1).view(4, 1, 1)


def load_statistics(work: Path) -> tuple[Tensor, Tensor]:
    told = json.loads((work / FOLDER / "statistics.json").read_text())
    return torch.tensor(told["mean"]), torch.tensor(told["std"])


def fingerprint(autoencoder: Any) -> int:
    """Of the encoder's weights."""
    weights = [param.detach().numpy().tobytes() for param in autoencoder.encoder.parameters()]
    return crc32(b"".join(weights))


def _encode(autoencoder: Any, pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    batch = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.autocast("cpu", torch.bfloat16):  # 2.7 times faster, and off by 0.004 standard deviations
        return vae.encode(autoencoder, batch).float()


def _ids(tokens: Any, texts: list[str]) -> np.ndarray[Any, np.dtype[np.uint16]]:
    coded = tokens(texts, padding="max_length", truncation=True, max_length=LENGTH)["input_ids"]
    return np.asarray(coded, dtype=np.uint16)


class Latents:
    """Batches of (latents, token ids) from several shards by weight; all rows of a batch have one size."""

    def __init__(self, work: Path, weights: dict[str, float], dropout: float, seed: int) -> None:
        folder = work / FOLDER
        self.latents = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in weights}
        self.tokens = {name: np.load(folder / f"{name}-tokens.npy", mmap_mode="r") for name in weights}
        self.groups: dict[tuple[int, ...], list[str]] = {}
        for name in weights:
            self.groups.setdefault(self.latents[name].shape[1:], []).append(name)
        self.weights = weights
        self.empty = _ids(tokenizer(work), [""])[0]
        self.dropout = dropout
        self.lot = np.random.default_rng(seed)

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Latents (B, 4, h, w) and ids (B, 77); a share of the captions is empty, for classifier-free guidance."""
        groups = list(self.groups.values())
        heavy = np.array([sum(self.weights[name] for name in names) for names in groups])
        names = groups[self.lot.choice(len(groups), p=heavy / heavy.sum())]
        light = np.array([self.weights[name] for name in names])
        rows, ids = [], []
        for pick in self.lot.choice(len(names), size=size, p=light / light.sum()):
            latents, tokens = self.latents[names[pick]], self.tokens[names[pick]]
            index = self.lot.integers(len(latents))
            rows.append(latents[index])
            way = self.lot.integers(tokens.shape[1])
            ids.append(self.empty if self.lot.random() < self.dropout else tokens[index, way])
        return torch.from_numpy(np.stack(rows)).float(), torch.from_numpy(np.stack(ids).astype(np.int64))
