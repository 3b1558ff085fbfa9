"""Tiny random models that give words, saved as diffusers' relatives are: whatever they say is made of WORDS."""

from pathlib import Path

import torch

WORDS = [
    "a",
    "red",
    "apple",
    "on",
    "the",
    "table",
    "two",
    "ships",
    "at",
    "sea",
    "small",
    "house",
    "green",
    "hill",
    "warm",
    "light",
    "oil",
    "painting",
    "calm",
    "bright",
]
SPECIAL = ["[PAD]", "[BOS]", "[EOS]", "[UNK]"]


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: at for at, word in enumerate(SPECIAL + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    names = {"pad_token": "[PAD]", "bos_token": "[BOS]", "eos_token": "[EOS]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)


def save_expander(folder: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        size = len(SPECIAL) + len(WORDS)
        config = GPT2Config(
            vocab_size=size, n_positions=128, n_embd=16, n_layer=1, n_head=2, bos_token_id=1, eos_token_id=2
        )
        GPT2LMHeadModel(config).save_pretrained(folder)
    _save_tokenizer(folder)


def save_captioner(folder: Path) -> None:
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessor

    text = {
        "vocab_size": len(SPECIAL) + len(WORDS),
        "hidden_size": 16,
        "encoder_hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 64,
        "bos_token_id": 1,
        "sep_token_id": 2,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "initializer_range": 0.5,
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
        "initializer_range": 0.5,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        config = BlipConfig(text_config=text, vision_config=vision, projection_dim=16, image_text_hidden_size=16)
        model = BlipForConditionalGeneration(config)
        with torch.no_grad():
            model.text_decoder.cls.predictions.bias[: len(SPECIAL)] = -100.0  # it says words, to the longest length
        model.save_pretrained(folder)
    BlipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    _save_tokenizer(folder)
