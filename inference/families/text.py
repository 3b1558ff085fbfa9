"""Prompts to embeddings: one CLIP text encoder (Stable Diffusion 1.x, 2.x) or two (XL), cached, batched, of any length.

A prompt that fits and has no weights goes through the pipeline's own ``encode_prompt``: bit-equal to diffusers. One
with weights, or with more tokens than the encoder has places, is cut into chunks at commas, each encoded by itself and
laid end to end, as the Stable Diffusion web UI does it: weights multiply the hidden states of their tokens, then the
mean of the chunk is restored. Nothing is ever cut off. XL's pooled text is that of the first chunk.

clip_skip is diffusers': it acts on the prompt, not on the negative prompt. For one text encoder it is done here, since
diffusers reads ``text_encoder.text_model``, which transformers 5.6 removed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import torch

from inference.families.prompts import Piece, parse_prompt

CACHED_PROMPTS = 256  # 118 kB each for Stable Diffusion 1.x in fp16, 318 kB for XL: 30 to 80 MB
TEXTS_PER_FORWARD = 8
COMMA_REACH = 20  # how many tokens a chunk may stay short so that it ends at a comma; the web UI's number


class Encoded(NamedTuple):
    """embeds: (1, tokens, channels). pooled: (1, channels of the second encoder), XL only."""

    embeds: torch.Tensor
    pooled: torch.Tensor | None


class _Key(NamedTuple):
    """What an encoding depends on. alone: encoded in a forward of its own, so bit-equal to the pipeline's."""

    text: str
    clip_skip: int
    adapters: Hashable
    alone: bool


class TextEncoding:
    """``pipeline``: whose tokenizers and text encoders are used. The adapters that are active now act on them."""

    def __init__(self, pipeline: Any, device: torch.device) -> None:
        self._pipeline = pipeline
        self._device = device
        encoders = [(pipeline.tokenizer, pipeline.text_encoder)]
        self._is_xl = hasattr(pipeline, "text_encoder_2")
        if self._is_xl:
            encoders.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
        self._encoders = [(tokenizer, encoder) for tokenizer, encoder in encoders if encoder is not None]
        self._cache: OrderedDict[_Key, Encoded] = OrderedDict()

    @property
    def max_clip_skip(self) -> int:
        layers: int = min(encoder.config.num_hidden_layers for _, encoder in self._encoders)
        return layers - (2 if self._is_xl else 1)

    def encode_pair(
        self, prompt: str, negative: str | None, *, clip_skip: int = 0, adapters: Hashable = (), alone: bool = False
    ) -> tuple[Encoded, Encoded | None]:
        """Both with the same number of tokens; none for None. ``alone``: what was encoded in company won't do."""
        positive = self._encode(prompt, clip_skip, adapters, alone)
        if negative is None:
            return positive, None
        if not negative and self._is_xl and self._pipeline.config.force_zeros_for_empty_prompt:
            assert positive.pooled is not None
            return positive, Encoded(torch.zeros_like(positive.embeds), torch.zeros_like(positive.pooled))
        other = self._encode(negative, 0, adapters, alone)
        tokens = max(positive.embeds.shape[1], other.embeds.shape[1])
        return self._padded(positive, tokens, adapters), self._padded(other, tokens, adapters)

    def prepare(self, texts: Sequence[tuple[str, int]], adapters: Hashable = ()) -> None:
        """Encode (text, clip_skip) pairs that the cache does not know, several in one forward.

        A single one is left to ``encode_pair``, which encodes it alone, and so is what needs more than that forward.
        """
        missing: dict[int, list[str]] = {}
        for text, clip_skip in dict.fromkeys(texts):
            key = _Key(text, clip_skip, adapters, alone=True)
            if key in self._cache or key._replace(alone=False) in self._cache:
                continue
            if self._plain_text(text) is not None and (self._is_xl or not clip_skip):
                missing.setdefault(clip_skip, []).append(text)
        for clip_skip, group in missing.items():
            for first in range(0, len(group), TEXTS_PER_FORWARD):
                some = group[first : first + TEXTS_PER_FORWARD]
                if len(some) > 1:
                    plain = [text for text in map(self._plain_text, some) if text is not None]
                    for text, encoded in zip(some, self._by_pipeline(plain, clip_skip), strict=True):
                        self._keep(_Key(text, clip_skip, adapters, alone=False), encoded)

    def _encode(self, text: str, clip_skip: int, adapters: Hashable, alone: bool) -> Encoded:
        """What was encoded lately is kept: people vary seeds more than words."""
        key = _Key(text, clip_skip, adapters, alone=True)
        for known in (key,) if alone else (key, key._replace(alone=False)):
            if known in self._cache:
                self._cache.move_to_end(known)
                return self._cache[known]
        plain = self._plain_text(text)
        if plain is not None and (self._is_xl or not clip_skip):
            [encoded] = self._by_pipeline([plain], clip_skip)
        else:
            encoded = self._by_chunks(parse_prompt(text), clip_skip)
        return self._keep(key, encoded)

    def _keep(self, key: _Key, encoded: Encoded) -> Encoded:
        self._cache[key] = encoded
        if len(self._cache) > CACHED_PROMPTS:
            self._cache.popitem(last=False)
        return encoded

    def _padded(self, encoded: Encoded, tokens: int, adapters: Hashable) -> Encoded:
        """With chunks of nothing up to ``tokens``: both sides of the guidance need the same length."""
        if encoded.embeds.shape[1] == tokens:
            return encoded
        empty = self._encode("", 0, adapters, alone=True).embeds
        chunks = (tokens - encoded.embeds.shape[1]) // empty.shape[1]
        return Encoded(torch.cat([encoded.embeds, *[empty] * chunks], dim=1), encoded.pooled)

    def _plain_text(self, text: str) -> str | None:
        """The text without its escapes if it has no weights and fits into one chunk, else None."""
        [first, *others] = parse_prompt(text)
        if others or first.weight != 1:
            return None
        fits = all(
            len(ids) <= tokenizer.model_max_length - 2
            for tokenizer, _ in self._encoders
            for ids in [self._ids(tokenizer, first.text)]
        )
        return first.text if fits else None

    def _by_pipeline(self, texts: Sequence[str], clip_skip: int) -> list[Encoded]:
        if not self._is_xl:
            embeds, _ = self._pipeline.encode_prompt(list(texts), self._device, 1, do_classifier_free_guidance=False)
            return [Encoded(row, None) for row in embeds.split(1)]
        embeds, _, pooled, _ = self._pipeline.encode_prompt(
            list(texts), device=self._device, do_classifier_free_guidance=False, clip_skip=clip_skip or None
        )
        return [Encoded(*rows) for rows in zip(embeds.split(1), pooled.split(1), strict=True)]

    def _by_chunks(self, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
        states: list[torch.Tensor] = []
        pooled: torch.Tensor | None = None
        for tokenizer, encoder in self._encoders:
            ids, weights = self._chunks(tokenizer, pieces)
            output = encoder(ids.to(self._device), output_hidden_states=True)
            if self._is_xl:
                hidden = output.hidden_states[-(clip_skip + 2)]
                if output[0].ndim == 2:
                    pooled = output[0][:1]
            elif clip_skip:
                model = getattr(encoder, "text_model", encoder)
                hidden = model.final_layer_norm(output.hidden_states[-(clip_skip + 1)])
            else:
                hidden = output[0]
            weighted = _weigh(hidden, weights.to(hidden.device))
            states.append(weighted.reshape(1, -1, weighted.shape[-1]).to(encoder.dtype))
        return Encoded(torch.cat(states, dim=-1), pooled)

    def _chunks(self, tokenizer: Any, pieces: Sequence[Piece]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and weights, both (chunks, places of the encoder)."""
        places = tokenizer.model_max_length
        tokens = [(token, piece.weight) for piece in pieces for token in self._ids(tokenizer, piece.text)]
        comma = tokenizer.convert_tokens_to_ids(",</w>")
        ids, weights = [], []
        for chunk in _cut(tokens, places - 2, comma):
            rest = places - 2 - len(chunk)
            ids.append(
                [tokenizer.bos_token_id, *(token for token, _ in chunk), tokenizer.eos_token_id]
                + [tokenizer.pad_token_id] * rest
            )
            weights.append([1.0, *(weight for _, weight in chunk), 1.0] + [1.0] * rest)
        return torch.tensor(ids), torch.tensor(weights)

    def _ids(self, tokenizer: Any, text: str) -> list[int]:
        # A textual inversion of several vectors is one word that stands for several tokens.
        if hasattr(self._pipeline, "maybe_convert_prompt"):
            text = self._pipeline.maybe_convert_prompt(text, tokenizer)
        ids: list[int] = tokenizer(text, add_special_tokens=False).input_ids
        return ids


def _cut(tokens: Sequence[tuple[int, float]], size: int, comma: int) -> Iterator[Sequence[tuple[int, float]]]:
    """At least one chunk, of at most ``size``; before its end a chunk ends after a comma if one is within reach."""
    start = 0
    while True:
        end = start + size
        if end < len(tokens):
            reach = range(end - 1, max(start, end - 1 - COMMA_REACH), -1)
            end = next((index + 1 for index in reach if tokens[index][0] == comma), end)
        yield tokens[start:end]
        start = end
        if start >= len(tokens):
            return


def _weigh(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """``hidden`` (chunks, tokens, channels) times ``weights`` (chunks, tokens), each chunk's mean as it was before.

    A mean near zero says nothing about the scale of what it is the mean of (an encoder whose last layer norm has no
    bias); restoring it would multiply by noise, so such a chunk is left as it is.
    """
    states = hidden.float()
    weighted = states * weights[:, :, None]
    before, after = (part.mean(dim=(1, 2), keepdim=True) for part in (states, weighted))
    spread = states.std(dim=(1, 2), keepdim=True)
    has_scale = (before.abs() > 0.01 * spread) & (after.abs() > 0.01 * spread) & (before * after > 0)
    return (weighted * torch.where(has_scale, before / after, 1.0)).to(hidden.dtype)
