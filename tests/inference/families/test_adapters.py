"""LoRA adapters and textual inversions: equal to diffusers' own use of them, and no harm from those that do not fit."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from config.additions import EmbeddingSettings, LoraSettings
from inference import RequestInvalid
from inference.request import Lora
from tests.inference.builders import a_request
from tests.inference.families.conftest import load
from tests.inference.families.harness import by_pipe, draw, draw_one, make_pipe, relative

FolderOf = Callable[[str], Path]


def save_lora(pipeline: Any, file: Path, *, text: bool, seed: int, rank: int = 4) -> Path:
    """Random and strong enough to be seen. ``text``: also on the text encoders."""
    from diffusers.utils import convert_state_dict_to_diffusers
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    layers: dict[str, Any] = {}
    parts = {"unet": ["to_q", "to_v"]} | (
        {
            name: ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
            for name in ("text_encoder", "text_encoder_2")
            if text and hasattr(pipeline, name)
        }
    )
    torch.manual_seed(seed)
    for name, targets in parts.items():
        model = getattr(pipeline, name)
        model.add_adapter(LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, init_lora_weights=False))
        weights = get_peft_model_state_dict(model)
        layers[f"{name}_lora_layers"] = convert_state_dict_to_diffusers(
            {key: torch.randn_like(value) * 0.3 for key, value in weights.items()}
        )
    type(pipeline).save_lora_weights(file.parent, weight_name=file.name, **layers, safe_serialization=True)
    return file


@pytest.fixture(scope="module")
def files(folder_of: FolderOf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("loras")
    made = {}
    for nth, (name, kind, text) in enumerate(
        [("plain", "sd", False), ("wor.ded", "sd", True), ("xl", "xl", True), ("xl-unet", "xl", False)]
    ):
        file = folder / f"{name}.safetensors"
        made[name] = save_lora(load(folder_of(kind))._pipeline, file, text=text, seed=nth)
    return made


@pytest.fixture(scope="module", params=["sd", "xl"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def family(kind: str, folder_of: FolderOf, files: dict[str, Path]) -> Any:
    return load(folder_of(kind), loras={name: LoraSettings(path=path) for name, path in files.items()})


def in_kohyas_names(
    weights: dict[str, torch.Tensor], *, xl: bool, alpha: Callable[[str], float]
) -> dict[str, torch.Tensor]:
    """As most of the published files have it. ``alpha``: over the rank, by the layer's name."""
    prefixes = {"unet": "lora_unet", "text_encoder": "lora_te1" if xl else "lora_te", "text_encoder_2": "lora_te2"}
    renamed = {}
    for key, value in weights.items():
        part, name = key.split(".", 1)
        name, way = re.fullmatch(
            r"(?:text_model\.)?(.+?)\.(?:lora_linear_layer\.|lora[._])(down|up|A|B)\.weight", name
        ).groups()
        path = name if part == "unet" else f"text_model.{name}"
        layer = f"{prefixes[part]}_{path.replace('.', '_')}"
        if way in ("down", "A"):
            renamed |= {
                f"{layer}.lora_down.weight": value,
                f"{layer}.alpha": torch.tensor(alpha(layer) * value.shape[0]),
            }
        else:
            renamed[f"{layer}.lora_up.weight"] = value
    return renamed


@pytest.mark.parametrize(
    "alpha",
    [lambda _: 1.0, lambda _: 0.5, lambda layer: 0.5 if "layers_1" in layer or "up_blocks" in layer else 2.0],
    ids=["full", "half", "by layer"],
)
def test_the_form_that_most_files_have(
    kind: str, folder_of: FolderOf, files: dict[str, Path], tmp_path: Path, alpha: Callable[[str], float]
) -> None:
    whole = load_file(files[named(kind)[1]])
    renamed = in_kohyas_names(whole, xl=kind == "xl", alpha=alpha)
    save_file(renamed, tmp_path / "kohya.safetensors")
    scaled = {}
    for key, value in whole.items():
        is_up = ".up." in key or ".lora_B." in key
        layer = next(
            iter(
                in_kohyas_names(
                    {re.sub(r"\.up\.", ".down.", key).replace("lora_B", "lora_A"): value}, xl=kind == "xl", alpha=alpha
                )
            )
        )
        scaled[key] = value * alpha(layer) if is_up else value
    save_file(scaled, tmp_path / "plain.safetensors")
    family = load(folder_of(kind), loras={path.stem: LoraSettings(path=path) for path in tmp_path.iterdir()})
    one, other = (draw_one(family, a_request(loras=(Lora(name, 0.7),))) for name in ("kohya", "plain"))
    assert relative(one, other) < 1e-5
    assert relative(one, draw_one(family, a_request())) > 1e-3


def named(kind: str) -> tuple[str, str]:
    """An adapter of the U-Net alone, and one of the text encoders too."""
    return ("plain", "wor.ded") if kind == "sd" else ("xl-unet", "xl")


def by_pipe_with(folder: Path, files: dict[str, Path], request: Any) -> torch.Tensor:
    family = load(folder)
    pipe = make_pipe(family, type(family._pipeline).__name__, request)
    loras = sorted(request.loras)  # the order in which they are added up is that of their names
    for nth, lora in enumerate(loras):
        pipe.load_lora_weights(str(files[lora.name].parent), weight_name=files[lora.name].name, adapter_name=f"a{nth}")
    pipe.set_adapters([f"a{nth}" for nth in range(len(loras))], [lora.scale for lora in loras])
    return by_pipe(family, request)


def test_adapters_act_as_in_the_pipeline(family: Any, kind: str, folder_of: FolderOf, files: dict[str, Path]) -> None:
    plain, worded = named(kind)
    without = draw_one(family, a_request())
    for loras in [(Lora(plain, 0.8),), (Lora(worded, -0.5),), (Lora(plain, 0.4), Lora(worded, 1.2))]:
        request = a_request(loras=loras, negative_prompt="blurry")
        mine = draw_one(family, request)
        assert torch.equal(mine, by_pipe_with(folder_of(kind), files, request))
        assert relative(mine, without) > 1e-3
    assert torch.equal(draw_one(family, a_request()), without)
    assert torch.equal(without, by_pipe(load(folder_of(kind)), a_request()))


@torch.inference_mode()
def test_jobs_with_unlike_adapters_take_turns(family: Any, kind: str) -> None:
    plain, worded = named(kind)
    requests = [a_request(loras=loras) for loras in [(), (Lora(plain),), (Lora(worded),), (Lora(plain, 0.5),)]]
    alone = [draw_one(family, request) for request in requests]
    slots = [family.start(request) for request in requests]
    for _ in range(4):
        for slot in slots:
            family.advance(slot, family.predict([slot])[0])
    assert all(torch.equal(slot.latents, latents) for slot, latents in zip(slots, alone, strict=True))


def test_the_one_used_longest_ago_makes_room(
    kind: str, folder_of: FolderOf, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.families import adapters

    monkeypatch.setattr(adapters, "MAX_LOADED", 1)
    it = load(folder_of(kind), loras={name: LoraSettings(path=path) for name, path in files.items()})
    plain, worded = named(kind)
    sets = [(Lora(plain),), (Lora(worded),), (), (Lora(plain), Lora(worded)), (Lora(plain),)]
    first = [draw_one(it, a_request(loras=loras)) for loras in sets]
    assert len(it._adapters._loaded) == 2  # those of the largest set: what acts together is kept together
    again = [draw_one(it, a_request(loras=loras)) for loras in sets]
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert torch.equal(first[0], first[4])
    assert torch.equal(first[2], by_pipe(load(folder_of(kind)), a_request()))


def test_an_adapter_for_another_model_is_refused_by_name_and_does_no_harm(family: Any, kind: str) -> None:
    without = draw_one(family, a_request())
    for wrong in named("xl" if kind == "sd" else "sd"):
        for _ in range(2):
            with pytest.raises(RequestInvalid, match=f"the LoRA {wrong} does not fit") as caught:
                draw(family, {0: a_request(loras=(Lora(named(kind)[0]), Lora(wrong)))})
            assert caught.value.field == "loras"
    assert torch.equal(draw_one(family, a_request()), without)
    assert relative(draw_one(family, a_request(loras=(Lora(named(kind)[0]),))), without) > 1e-3


def test_an_adapter_with_surplus_or_damaged_weights_is_refused(
    folder_of: FolderOf, files: dict[str, Path], tmp_path: Path
) -> None:
    weights = load_file(files["plain"])
    first = min(weights)
    save_file(
        weights | {"unet.other.lora_A.weight": torch.zeros(4, 9)},
        tmp_path / "surplus.safetensors",
    )
    save_file(weights | {first: torch.zeros(4, 9)}, tmp_path / "misshapen.safetensors")
    (tmp_path / "damaged.safetensors").write_bytes(files["plain"].read_bytes()[:-10])
    (tmp_path / "pickled.bin").write_bytes(b"cos\nsystem\n")
    settings = {path.stem: LoraSettings(path=path) for path in tmp_path.iterdir()}
    settings["gone"] = LoraSettings(path=tmp_path / "gone.safetensors")
    settings["elsewhere"] = LoraSettings(path=files["plain"], checkpoints=("another",))
    family = load(folder_of("sd"), loras=settings)
    for name, words in {
        "surplus": "does not fit",
        "misshapen": "does not fit",
        "damaged": "is damaged",
        "pickled": "never loaded",
        "gone": "there is nothing at",
        "elsewhere": "there is no LoRA 'elsewhere' for this checkpoint",
        "unheard-of": "there is no LoRA",
    }.items():
        with pytest.raises(RequestInvalid, match=words):
            draw_one(family, a_request(loras=(Lora(name),)))
    assert torch.equal(draw_one(family, a_request()), by_pipe(load(folder_of("sd")), a_request()))


@torch.inference_mode()
def test_a_word_of_several_vectors_is_learned(folder_of: FolderOf, tmp_path: Path) -> None:
    torch.manual_seed(3)
    vectors = {"emb_params": torch.randn(3, 32)}
    save_file(vectors, tmp_path / "sd.safetensors")
    save_file({"clip_l": torch.randn(2, 32), "clip_g": torch.randn(2, 48)}, tmp_path / "xl.safetensors")
    save_file({"emb_params": torch.randn(3, 40)}, tmp_path / "wide.safetensors")
    settings = {f"{path.stem}-style": EmbeddingSettings(path=path) for path in tmp_path.iterdir()}
    prompt = "a cat in sd-style and xl-style"
    plain = load(folder_of("sd"))
    plain._pipeline.load_textual_inversion(str(tmp_path), weight_name="sd.safetensors", token="sd-style")
    request = a_request(prompt=prompt)
    family = load(folder_of("sd"), embeddings=settings)
    assert torch.equal(draw_one(family, request), by_pipe(plain, request))
    slot = family.start(a_request(prompt="sd-style"))
    assert not torch.equal(slot.prompt_embeds, load(folder_of("sd")).start(a_request(prompt="sd-style")).prompt_embeds)

    xl = load(folder_of("xl"), embeddings=settings)
    assert len(xl._pipeline.tokenizer_2) == len(load(folder_of("xl"))._pipeline.tokenizer_2) + 2
    draw_one(xl, request)
