"""The encoder computes what a BERT of its weights computes, and a text means the same alone and among others."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from bot.safety import encoder as module
from bot.safety.encoder import HEADS, MOST_PIECES, READ_LAYERS, Encoder, load_encoder, load_published_encoder
from bot.safety.model.files import WeightsUnusable, pinned

TEXTS = (
    "an old lighthouse keeper feeds the gulls",
    "boat",
    "while his grandson mends a net beside the harbour wall at dawn qzxvkwj 1990s",
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def as_bert(encoder: Encoder) -> BertModel:
    """transformers' own, with the same weights."""
    pieces = encoder._pieces.astype(np.float32) * encoder._piece_scales[:, None]
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=pieces.shape[1],
        num_hidden_layers=max(READ_LAYERS),
        num_attention_heads=HEADS,
        intermediate_size=encoder.layers[0].wide.bias.size,
        hidden_act="gelu_new",
        max_position_embeddings=len(encoder._positions),
        type_vocab_size=1,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    tensors = {
        "embeddings.word_embeddings.weight": pieces,
        "embeddings.position_embeddings.weight": encoder._positions,
        "embeddings.token_type_embeddings.weight": np.zeros((1, pieces.shape[1])),
        "embeddings.LayerNorm.weight": encoder._norm.scale,
        "embeddings.LayerNorm.bias": encoder._norm.shift,
    }
    for number, layer in enumerate(encoder.layers):
        name = f"encoder.layer.{number}."
        weights = np.split(layer.attention.weight.T, 3)
        biases = np.split(layer.attention.bias, 3)
        for part, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
            tensors |= {f"{name}attention.self.{part}.weight": weight, f"{name}attention.self.{part}.bias": bias}
        for part, linear in (("attention.output", layer.mixed), ("intermediate", layer.wide), ("output", layer.narrow)):
            tensors |= {f"{name}{part}.dense.weight": linear.weight.T, f"{name}{part}.dense.bias": linear.bias}
        for part, norm in (("attention.output", layer.mixed_norm), ("output", layer.norm)):
            tensors |= {f"{name}{part}.LayerNorm.weight": norm.scale, f"{name}{part}.LayerNorm.bias": norm.shift}
    model.load_state_dict({key: torch.tensor(np.ascontiguousarray(value)) for key, value in tensors.items()})
    return model


def test_it_is_the_bert_of_its_weights(encoder: Encoder) -> None:
    bert = as_bert(encoder)
    ids = [encoder.ids(text.split()) for text in TEXTS]
    found = encoder.embed(ids)
    assert found.shape == (len(TEXTS), encoder.width)
    for text, numbers in zip(ids, found, strict=True):
        with torch.inference_mode():
            states = bert(torch.tensor([text]), output_hidden_states=True).hidden_states
        means = [states[layer][0].mean(dim=0) for layer in READ_LAYERS]
        expected = torch.cat([mean / mean.norm() for mean in means]).numpy()
        assert np.allclose(numbers, expected, atol=1e-4)


def test_a_text_means_the_same_alone_and_among_others(encoder: Encoder) -> None:
    ids = [encoder.ids(text.split()) for text in TEXTS]
    together = encoder.embed(ids)
    alone = np.concatenate([encoder.embed([text]) for text in ids])
    assert np.allclose(together, alone, atol=1e-5)


def test_like_meaning_is_nearer_than_like_words() -> None:
    encoder = load_published_encoder()
    boat, ship, bank, coast = encoder.embed(
        [
            encoder.ids(text.split())
            for text in (
                "a little boat on the water",
                "some small ship at sea",
                "a bank with a vault of money",
                "a bank of sand on the shore",
            )
        ]
    )
    assert boat @ ship > boat @ bank
    assert coast @ ship > bank @ ship


def test_a_text_is_cut_and_a_word_that_cannot_be_read_is_one_piece(encoder: Encoder) -> None:
    assert len(encoder.ids(["boat"] * 100)) == MOST_PIECES + 2
    assert len(encoder.ids(["\u2603"])) == 3
    assert np.isfinite(encoder.embed([encoder.ids(["\u2603"]), encoder.ids([])])).all()


def test_a_file_that_is_another_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "encoder.safetensors"
    other.write_bytes(b"other")
    with pytest.raises(WeightsUnusable, match="damaged"):
        pinned(other, "0" * 64)
    monkeypatch.setattr(module, "ENCODER", tmp_path / "nothing")
    monkeypatch.setattr(module, "TUNED", tmp_path / "nothing")
    for loads in (load_encoder, load_published_encoder):
        with pytest.raises(WeightsUnusable, match="missing"):
            loads.__wrapped__()
