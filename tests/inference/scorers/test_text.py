"""The text scorer on a tiny random classifier: it measures, reads to the end, and refuses what would only seem to."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference import CheckpointUnusable, GenerationFailed
from inference.scorers.text import TextScorer

WORDS = ["[UNK]", "[PAD]", "a", "red", "apple", "on", "table", "two", "ships", "at", "sea", "storm", "oil", "zorbexil"]


def save_text_classifier(folder: Path, labels: list[str]) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = BertForSequenceClassification(
            BertConfig(
                vocab_size=len(WORDS),
                hidden_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=32,
                max_position_embeddings=64,
                pad_token_id=1,
                id2label=dict(enumerate(labels)),
                label2id={label: index for index, label in enumerate(labels)},
                initializer_range=0.5,
            )
        )
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text") / "classifier"
    save_text_classifier(folder, ["fine", "nsfw"])
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "classifier"))


def why_refused(source: Path | str, labels: tuple[str, ...] = ("nsfw",)) -> str:
    with pytest.raises(CheckpointUnusable) as refused:
        TextScorer(str(source), "", labels)
    return str(refused.value)


def test_every_label_gets_its_highest_chance(whole: Path) -> None:
    score = TextScorer(str(whole), "", ("nsfw",))
    first, second = score(["a red apple"]), score(["two ships at sea"])
    assert set(first) == {"fine", "nsfw"}
    assert sum(first.values()) == pytest.approx(1, abs=1e-5)
    both = score(["a red apple", "two ships at sea"])
    assert both["nsfw"] == pytest.approx(max(first["nsfw"], second["nsfw"]), abs=1e-4)


def test_what_stands_at_the_end_of_a_long_text_is_read(whole: Path) -> None:
    score = TextScorer(str(whole), "", ("nsfw",))
    long = "a red apple on a table " * 40
    ends = [f"{word} " * 60 for word in WORDS[2:]]
    worst = max(ends, key=lambda end: score([end])["nsfw"])
    assert score([long + worst])["nsfw"] > score([long])["nsfw"] + 0.05
    with pytest.raises(GenerationFailed, match="too long"):
        score(["a red apple " * 2000])


def test_what_measures_nothing_is_refused(folder: Path) -> None:
    assert "no label 'gore'" in why_refused(folder, ("gore",))
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: torch.zeros_like(one) for name, one in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    assert "measures nothing" in why_refused(folder)
    weights["classifier.bias"] = torch.full_like(weights["classifier.bias"], float("nan"))
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert "invalid number" in why_refused(folder)
    del weights["classifier.bias"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    assert "do not fit" in why_refused(folder)


def test_what_cannot_be_loaded_is_refused(folder: Path) -> None:
    assert "text_revision" in why_refused("owner/name")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "nothing-known"}))
    assert "cannot be loaded" in why_refused(folder)
