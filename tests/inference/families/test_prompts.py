"""Weights in prompts, prompts of any length, clip_skip, and what the cache keeps apart."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from inference.families.prompts import MAX_WEIGHT, Piece, parse_prompt
from tests.inference.builders import a_request
from tests.inference.families.conftest import Load
from tests.inference.families.harness import by_pipe, draw, draw_one, relative

LONG = ", ".join(["a red circle on a blue ground"] * 12)


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a cat", [("a cat", 1)]),
        ("a (cat:1.3) runs", [("a ", 1), ("cat", 1.3), (" runs", 1)]),
        ("((cat))", [("cat", 1.21)]),
        ("[cat]", [("cat", 1 / 1.1)]),
        ("(a (b:2) c)", [("a ", 1.1), ("b", 2.2), (" c", 1.1)]),
        ("(a [b] c:1.5)", [("a ", 1.5), ("b", 1.5 / 1.1), (" c", 1.5)]),
        ("(cat: .5 )", [("cat", 0.5)]),
        ("(cat:-1)", [("cat", -1)]),
        ("(cat:1.0)", [("cat", 1)]),
        (r"a \(real\) cat", [("a (real) cat", 1)]),
        (r"(a \(b\):1.2)", [("a (b)", 1.2)]),
        (r"back\slash", [(r"back\slash", 1)]),
        ("a :) smile", [("a :) smile", 1)]),
        ("a (cat", [("a (cat", 1)]),
        ("a cat)", [("a cat)", 1)]),
        ("(cat]", [("(cat]", 1)]),
        ("()", [("()", 1)]),
        ("((!))", [("((!))", 1)]),
        ("(:1.3)", [("(:1.3)", 1)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("[a:1.2]", [("a:1.2", 1 / 1.1)]),
        ("C++, low-poly-, 50%", [("C++, low-poly-, 50%", 1)]),
        ('("a", "b").and()', [('"a", "b"', 1.1), (".and()", 1)]),
        ("", [("", 1)]),
        ("(" * 40 + "x" + ")" * 40, [("x", MAX_WEIGHT)]),
    ],
)
def test_the_syntax(prompt: str, pieces: list[tuple[str, float]]) -> None:
    parsed = parse_prompt(prompt)
    assert [piece.text for piece in parsed] == [text for text, _ in pieces]
    assert [piece.weight for piece in parsed] == pytest.approx([weight for _, weight in pieces])


@given(st.text("ab ,:.()[]\\123é", max_size=60))
@example("\\")
@example("(a:1.2")
def test_any_text_is_read(prompt: str) -> None:
    pieces = parse_prompt(prompt)
    text = "".join(piece.text for piece in pieces)
    assert pieces
    assert all(abs(piece.weight) <= MAX_WEIGHT for piece in pieces)
    assert all(one.weight != other.weight for one, other in pairwise(pieces))
    assert [letter for letter in prompt if letter in "abé ,"] == [
        letter for letter in text if letter in "abé ,"
    ] or ":" in prompt
    if not set(prompt) & set("()[]\\"):
        assert pieces == [Piece(prompt, 1.0)]
    assert parse_prompt("".join(f"\\{it}" if it in "()[]\\" else it for it in prompt)) == [Piece(prompt, 1.0)]


@given(
    st.recursive(
        st.sampled_from(["cat", "a b"]),
        lambda inner: st.tuples(st.sampled_from(["({})", "[{}]", "({}:1.5)"]), inner).map(
            lambda it: it[0].format(it[1])
        ),
        max_leaves=4,
    )
)
def test_nested_brackets_multiply(prompt: str) -> None:
    [piece] = parse_prompt(prompt)
    weight = 1.1 ** (prompt.count("(") - prompt.count(":1.5") - prompt.count("[")) * 1.5 ** prompt.count(":1.5")
    assert piece.weight == pytest.approx(max(-MAX_WEIGHT, min(MAX_WEIGHT, weight)))


@pytest.mark.parametrize("kind", ["sd", "xl"])
@pytest.mark.parametrize("prompt", ["(", ":)", "((((", "!!!", "...", "\\", "( )", "🙂", "[](){}", "(((" * 100])
@torch.inference_mode()
def test_prompts_of_nothing_but_signs_are_drawn(family: Load, kind: str, prompt: str) -> None:
    slot = family(kind).start(a_request(prompt=prompt, negative_prompt="))(("))
    assert torch.isfinite(slot.prompt_embeds).all()
    if len(prompt) < 50:
        assert torch.equal(
            draw_one(family(kind), a_request(prompt=prompt)),
            by_pipe(family(kind), a_request(prompt=prompt.replace("\\(", "("))),
        )


@pytest.mark.parametrize("kind", ["sd", "xl", "xl-encoded-blank"])
@pytest.mark.parametrize(
    ("prompt", "negative"), [(LONG, ""), ("a cat", LONG), (LONG, LONG + LONG), (LONG, "(ugly:1.4)")]
)
@torch.inference_mode()
def test_long_prompts_keep_every_word_and_both_sides_one_length(
    family: Load, kind: str, prompt: str, negative: str
) -> None:
    slot = family(kind).start(a_request(prompt=prompt, negative_prompt=negative))
    assert slot.negative_embeds is not None
    assert slot.prompt_embeds.shape == slot.negative_embeds.shape
    assert slot.tokens % 77 == 0
    assert slot.tokens > 77
    other = family(kind).start(a_request(prompt=prompt + " x", negative_prompt=negative))
    assert not torch.equal(slot.prompt_embeds, other.prompt_embeds), "the last word counts"
    assert torch.isfinite(draw_one(family(kind), slot.request)).all()


@torch.inference_mode()
def test_a_long_prompt_is_chunks_laid_end_to_end(family: Load) -> None:
    pipe = family("sd")._pipeline
    words = "abcdefg, " * 20
    embeds = family("sd").start(a_request(prompt=words)).prompt_embeds
    ids = pipe.tokenizer(words, add_special_tokens=False).input_ids
    comma = pipe.tokenizer.convert_tokens_to_ids(",</w>")
    chunks = [ids[:72], ids[72:144], ids[144:]]
    assert [chunk[-1] for chunk in chunks] == [comma] * 3
    one_by_one = [pipe.encode_prompt("abcdefg, " * (len(chunk) // 8), "cpu", 1, False)[0] for chunk in chunks]
    assert relative(embeds, torch.cat(one_by_one, dim=1)) < 1e-6


@torch.inference_mode()
def test_a_weight_scales_the_states_of_its_tokens(family: Load) -> None:
    pipe = family("sd")._pipeline
    plain = pipe.encode_prompt("a cat", "cpu", 1, False)[0]
    weighted = family("sd").start(a_request(prompt="a (cat:1.5)")).prompt_embeds
    by_hand = plain.clone()
    by_hand[:, 2:5] *= 1.5  # a start mark, "a", then the three letters
    scale = weighted[0, 0, 0] / by_hand[0, 0, 0]
    assert relative(weighted, by_hand * scale) < 1e-6


@pytest.mark.parametrize("clip_skip", [0, 1])
@torch.inference_mode()
def test_clip_skip_of_one_text_encoder_by_hand(family: Load, clip_skip: int) -> None:
    pipe = family("sd")._pipeline
    ids = pipe.tokenizer("a cat", padding="max_length", max_length=77, return_tensors="pt").input_ids
    model = pipe.text_encoder
    mask = torch.full((77, 77), float("-inf")).triu(1)[None, None]
    hidden = model.embeddings(ids)
    for layer in model.encoder.layers[: len(model.encoder.layers) - clip_skip]:
        output = layer(hidden, attention_mask=mask)
        hidden = output[0] if isinstance(output, tuple) else output
    by_hand = model.final_layer_norm(hidden)
    slot = family("sd").start(a_request(prompt="a cat", clip_skip=clip_skip))
    assert relative(slot.prompt_embeds, by_hand) < 1e-6
    assert torch.equal(slot.negative_embeds, family("sd").start(a_request()).negative_embeds)


def test_clip_skip_of_xl_is_diffusers(family: Load) -> None:
    # A third layer is needed for one to be skipped: the last but one is what XL reads anyway.
    from inference import RequestInvalid

    with pytest.raises(RequestInvalid, match="clip_skip up to 0"):
        family("xl").check(a_request(clip_skip=1))
    request = a_request(clip_skip=1, negative_prompt="blurry")
    assert torch.equal(draw_one(family("xl-deep"), request), by_pipe(family("xl-deep"), request, clip_skip=1))
    assert (
        relative(draw_one(family("xl-deep"), request), draw_one(family("xl-deep"), a_request(negative_prompt="blurry")))
        > 1e-4
    )


@pytest.fixture
def counted(family: Load) -> Iterator[Callable[[str], tuple[Any, list[int]]]]:
    def count(kind: str) -> tuple[Any, list[int]]:
        it = family(kind)
        it._text._cache.clear()
        forwards: list[int] = []
        encoder = it._pipeline.text_encoder
        handle = encoder.register_forward_pre_hook(
            lambda _module, args, kwargs: forwards.append(len(args[0] if args else kwargs["input_ids"])),
            with_kwargs=True,
        )
        handles.append(handle)
        return it, forwards

    handles: list[Any] = []
    yield count
    for handle in handles:
        handle.remove()


@pytest.mark.parametrize("kind", ["sd", "xl"])
@torch.inference_mode()
def test_several_prompts_are_encoded_in_one_forward_of_at_most_eight(counted: Any, kind: str) -> None:
    it, forwards = counted(kind)
    requests = [a_request(prompt=f"prompt {nth}", negative_prompt="blurry") for nth in range(11)]
    it.prepare(requests)
    assert sorted(forwards) == [4, 8]
    for request in requests:
        it.start(request)
    assert len(forwards) == 2
    exact = it.start(a_request(prompt="prompt 3", negative_prompt="blurry", exact=True))
    assert sorted(forwards) == [1, 1, 4, 8]
    fresh = by_pipe(it, exact.request)
    for _ in range(4):
        it.advance(exact, it.predict([exact])[0])
    assert torch.equal(exact.latents, fresh)


@torch.inference_mode()
def test_a_single_job_is_encoded_alone(counted: Any) -> None:
    it, forwards = counted("sd")
    it.prepare([a_request(prompt="only this", negative_prompt="blurry")])
    assert forwards == []
    it.start(a_request(prompt="only this", negative_prompt="blurry"))
    assert forwards == [1, 1]


@torch.inference_mode()
def test_what_was_encoded_together_is_nearly_what_is_encoded_alone(counted: Any) -> None:
    it, _ = counted("sd")
    requests = {nth: a_request(prompt=f"prompt {nth}") for nth in range(5)}
    it.prepare(list(requests.values()))
    together = draw(it, requests)
    for nth, request in requests.items():
        assert relative(together[nth].latents, by_pipe(it, request)) < 1e-5
