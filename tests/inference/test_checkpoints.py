"""The three ways in to weights, on the tiny checkpoint, and everything that can be wrong with the files."""

import json
import shutil
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import load_file, save_file

from config import CheckpointSettings
from inference import CheckpointUnusable, Failed, Finished, LocalEngine
from inference.checkpoints import load_family
from inference.tiny_checkpoint import assemble_tiny_checkpoint
from tests.inference.builders import TINY, a_request, engine_settings
from tests.inference.original_layout import write_original_file

UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"
TEXT_ENCODER = "text_encoder/model.safetensors"
REVISION = "8d0c8f9f2f9a4b0d6a4b3a1f0e5d4c3b2a190807"

Damage = Callable[[Path], object]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "tiny"
    assemble_tiny_checkpoint(folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "model"))


@pytest.fixture(scope="module")
def original(whole: Path) -> Path:
    """The same weights as one file in the original layout."""
    file = whole.parent / "original.safetensors"
    write_original_file(whole, file)
    return file


def settings(**fields: Any) -> CheckpointSettings:
    return CheckpointSettings(sizes=("64x64",), max_pixels=128 * 128, **fields)


def load(checkpoints_folder: Path = Path("unused"), dtype: torch.dtype = torch.float32, **fields: Any) -> Any:
    return load_family("mine", settings(**fields), checkpoints_folder, device=torch.device("cpu"), dtype=dtype)


def why_refused(checkpoints_folder: Path = Path("unused"), **fields: Any) -> str:
    with pytest.raises(CheckpointUnusable) as caught:
        load(checkpoints_folder, **fields)
    assert caught.value.checkpoint == "mine"
    return caught.value.reason


def weights(family: Any) -> dict[str, torch.Tensor]:
    parts = {"unet": family._unet, "vae": family._vae, "text": family._pipeline.text_encoder}
    return {f"{part}.{key}": value for part, model in parts.items() for key, value in model.state_dict().items()}


@torch.inference_mode()
def latents(family: Any) -> torch.Tensor:
    slot = family.start(a_request(steps=3))
    for _ in range(3):
        family.advance(slot, family.predict([slot])[0])
    result: torch.Tensor = slot.latents
    return result


def assert_same(one: Any, other: Any) -> None:
    mine, theirs = weights(one), weights(other)
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert torch.equal(latents(one), latents(other))


# The three ways in.


def test_a_folder_is_loaded_as_it_was_saved(whole: Path) -> None:
    family = load(path=whole)
    saved = {f"unet.{key}": value for key, value in load_file(whole / UNET).items()}
    saved |= {f"vae.{key}": value for key, value in load_file(whole / VAE).items()}
    loaded = weights(family)
    assert all(torch.equal(value, loaded[key]) for key, value in saved.items())
    assert load(path=whole, dtype=torch.float16)._unet.dtype == torch.float16


def test_the_tokenizer_may_be_in_the_older_two_files(whole: Path, folder: Path) -> None:
    """vocab.json and merges.txt, as the published checkpoints have them."""
    model = json.loads((folder / "tokenizer/tokenizer.json").read_text())["model"]
    (folder / "tokenizer/vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "tokenizer/merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer/tokenizer.json").unlink()
    assert_same(load(path=folder), load(path=whole))


def test_older_names_inside_the_files_are_understood(whole: Path, folder: Path) -> None:
    """Published Stable Diffusion 1.x: a text encoder with `text_model.` and position_ids, a VAE with query and key."""
    edit_weights(
        TEXT_ENCODER,
        lambda text: (
            {f"text_model.{key}": value for key, value in text.items()}
            | {"text_model.embeddings.position_ids": torch.arange(77)[None]}
        ),
    )(folder)
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

    def rename(vae: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        for new, former in old.items():
            vae = {key.replace(f"attentions.0.{new}.", f"attentions.0.{former}."): value for key, value in vae.items()}
        return vae

    edit_weights(VAE, rename)(folder)
    assert_same(load(path=folder), load(path=whole))


@pytest.mark.parametrize("open_clip", [False, True], ids=["1.x", "2.x"])
def test_one_file_in_the_original_layout_equals_the_folder(whole: Path, tmp_path: Path, open_clip: bool) -> None:
    file = tmp_path / "original.safetensors"
    write_original_file(whole, file, open_clip=open_clip)
    configuration = tmp_path / "configuration"  # only what describes: no weights
    shutil.copytree(whole, configuration, ignore=shutil.ignore_patterns("*.safetensors"))
    assert_same(load(path=file, config=configuration), load(path=whole))


def test_a_variant_is_found_by_its_name(whole: Path, folder: Path) -> None:
    for file in folder.rglob("*.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    assert_same(load(path=folder, variant="fp16"), load(path=whole))
    assert "diffusion_pytorch_model.fp16.safetensors; see variant" in why_refused(path=folder)


class Hub:
    """Stands where huggingface_hub.snapshot_download stands: copies from a folder what the patterns allow."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.calls: list[dict[str, Any]] = []
        self.files_until_it_breaks: int | None = None

    def __call__(self, repo_id: str, **arguments: Any) -> str:
        self.calls.append({"repo_id": repo_id, **arguments})
        files = [file.relative_to(self.repository) for file in sorted(self.repository.rglob("*")) if file.is_file()]
        wanted = [file for file in files if any(fnmatch(str(file), it) for it in arguments["allow_patterns"])]
        for nth, file in enumerate(wanted):
            if nth == self.files_until_it_breaks:
                raise LocalEntryNotFoundError("the line went dead")
            (arguments["local_dir"] / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.repository / file, arguments["local_dir"] / file)
        return str(arguments["local_dir"])


@pytest.fixture
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A repository with everything beside the weights that repositories hold."""
    for name in ("model.ckpt", "whole.safetensors", "unet/diffusion_pytorch_model.bin", "unet/evil.py", "README.md"):
        (folder / name).write_text("raise SystemExit")
    (folder / "safety_checker").mkdir()
    (folder / "safety_checker/model.safetensors").write_text("")
    shutil.copyfile(folder / UNET, folder / UNET.replace(".safetensors", ".fp16.safetensors"))
    hub = Hub(folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    return hub


def test_a_hub_id_is_fetched_once_pinned_and_without_what_is_not_needed(hub: Hub, whole: Path, tmp_path: Path) -> None:
    here = tmp_path / "checkpoints"
    assert_same(load(here, hub="someone/model", revision=REVISION), load(path=whole))
    assert {(call["repo_id"], call["revision"]) for call in hub.calls} == {("someone/model", REVISION)}
    fetched = here / "someone--model" / REVISION
    names = {str(file.relative_to(fetched)) for file in fetched.rglob("*") if file.is_file()}
    assert names == {str(file.relative_to(whole)) for file in whole.rglob("*") if file.is_file()} | {".downloaded"}

    hub.files_until_it_breaks = 0  # no network any more
    load(here, hub="someone/model", revision=REVISION)
    assert len(hub.calls) == 2  # the index, and what it names
    assert "could not be downloaded" in why_refused(here, hub="someone/model", revision="another")


def test_a_download_that_breaks_off_is_no_checkpoint_and_goes_on_later(hub: Hub, tmp_path: Path) -> None:
    hub.files_until_it_breaks = 5
    reason = why_refused(tmp_path / "checkpoints", hub="someone/model", revision=REVISION)
    assert reason.startswith(f"someone/model at {REVISION} could not be downloaded (LocalEntryNotFoundError: the line")
    hub.files_until_it_breaks = None
    load(tmp_path / "checkpoints", hub="someone/model", revision=REVISION)
    assert len(hub.calls) == 4


def test_without_network_the_real_library_ends_in_one_clear_reason(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    assert "could not be downloaded" in why_refused(tmp_path, hub="someone/model", revision=REVISION)
    assert "name a folder that holds it" in why_refused(path=original)


# What can be wrong.


def edit_weights(name: str, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Damage:
    def damage(folder: Path) -> None:
        save_file(change(load_file(folder / name)), folder / name, metadata={"format": "pt"})

    return damage


def without_one(key_part: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    first = min(key for key in tensors if key_part in key)
    return {key: value for key, value in tensors.items() if key != first}


def with_one_misshapen(key_part: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return tensors | {min(key for key in tensors if key_part in key): torch.zeros(3, 5)}


def with_one_too_many(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return tensors | {"another.weight": torch.zeros(3)}


def edit_json(name: str, **fields: Any) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_text(json.dumps(json.loads((folder / name).read_text()) | fields))

    return damage


def put(name: str, text: str) -> Damage:
    return lambda folder: (folder / name).write_text(text)


def remove(name: str) -> Damage:
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def truncate(name: str) -> Damage:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-1000])


def pickle_only(folder: Path) -> None:
    (folder / UNET).rename(folder / "unet/diffusion_pytorch_model.bin")


DAMAGES: list[tuple[str, Damage, str]] = [
    ("missing path", lambda folder: shutil.rmtree(folder), "there is nothing at"),
    ("empty folder", lambda folder: [remove(file.name)(folder) for file in folder.iterdir()], "has no model_index"),
    ("index broken", put("model_index.json", '{"_class_name": '), "model_index.json cannot be read (JSONDecodeError"),
    ("index binary", lambda folder: (folder / "model_index.json").write_bytes(b"\xff\xfe\x00"), "cannot be read"),
    ("index a list", put("model_index.json", "[]"), "should hold a JSON object, not a list"),
    ("index without family", put("model_index.json", "{}"), "it is a None, which is no pipeline of diffusers"),
    (
        "other family",
        edit_json("model_index.json", _class_name="FluxPipeline"),
        "FluxPipeline",
    ),
    ("other unet", edit_json("model_index.json", unet=["diffusers", "X"]), "its unet is diffusers.X; Lienzo knows"),
    ("no vae named", edit_json("model_index.json", vae=[None, None]), "its vae is None.None; Lienzo knows"),
    (
        "other tokenizer",
        edit_json("model_index.json", tokenizer=["transformers", "T5Tokenizer"]),
        "T5Tokenizer; Lienzo",
    ),
    ("other scheduler", edit_json("model_index.json", scheduler=["diffusers", "UNet2DModel"]), "does not have"),
    ("pickled", pickle_only, "only pickled weights (diffusion_pytorch_model.bin), which can run code"),
    ("unet gone", remove("unet"), "unet/config.json; was it copied or downloaded whole?"),
    ("unet weights gone", remove(UNET), "holds no diffusion_pytorch_model.safetensors; was it copied"),
    ("tokenizer gone", remove("tokenizer"), "tokenizer holds neither tokenizer.json nor vocab.json and merges.txt"),
    ("tokenizer words gone", remove("tokenizer/tokenizer.json"), "holds neither"),
    ("tokenizer unlimited", remove("tokenizer/tokenizer_config.json"), "does not keep to the 77 tokens"),
    ("tokenizer broken", put("tokenizer/tokenizer.json", '{"model":'), "tokenizer.json cannot be read"),
    ("tokenizer senseless", put("tokenizer/tokenizer.json", '{"model": 7, "added_tokens": {}}'), ""),
    ("scheduler gone", remove("scheduler"), "scheduler_config.json; was it copied"),
    ("LFS pointer", put(UNET, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "run git lfs pull"),
    ("nothing in the file", put(UNET, ""), "is damaged or no safetensors file"),
    ("unet truncated", truncate(UNET), "is damaged or no safetensors file (SafetensorError"),
    ("text truncated", truncate(TEXT_ENCODER), "is damaged or no safetensors file (SafetensorError"),
    ("other width", edit_json("unet/config.json", block_out_channels=[64, 64]), "(of another shape: conv_in.bias and"),
    (
        "deeper unet",
        edit_json("unet/config.json", layers_per_block=2),
        "the unet's weights do not fit its configuration",
    ),
    ("deeper vae", edit_json("vae/config.json", layers_per_block=2), "the vae's weights do not fit its configuration"),
    ("shallower vae", edit_json("vae/config.json", layers_per_block=0), "(surplus: decoder.up_blocks.0.resnets.1"),
    ("deeper text", edit_json("text_encoder/config.json", num_hidden_layers=3), "(missing: encoder.layers.2"),
    ("shallower text", edit_json("text_encoder/config.json", num_hidden_layers=1), "(surplus: encoder.layers.1"),
    *(
        (f"{wrong} in {name}", edit_weights(name, change), f"({wrong}: ")
        for name in (UNET, VAE, TEXT_ENCODER)
        for wrong, change in (
            ("missing", partial(without_one, "bias")),
            ("of another shape", partial(with_one_misshapen, "bias")),
            ("surplus", with_one_too_many),
        )
    ),
]


@pytest.mark.parametrize(("damage", "words"), [it[1:] for it in DAMAGES], ids=[it[0] for it in DAMAGES])
def test_a_damaged_folder_is_refused_with_a_reason(folder: Path, damage: Damage, words: str) -> None:
    damage(folder)
    assert words in why_refused(path=folder)


@pytest.mark.parametrize("content", [b"", b"hello", b"[]", b"{}", b'{"a": [1, {"b": null}]}', bytes(range(256))])
def test_any_file_may_hold_anything_and_nothing_but_a_refusal_comes_of_it(
    whole: Path, folder: Path, content: bytes
) -> None:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        kept = file.read_bytes()
        file.write_bytes(content)
        if content.startswith(b"{") and file.name == "scheduler_config.json":
            load(path=folder)  # a scheduler has a default for everything
        else:
            assert why_refused(path=folder), file
        file.write_bytes(kept)


def test_parts_of_different_models_are_refused(folder: Path) -> None:
    from diffusers import UNet2DConditionModel

    def with_unet(**fields: Any) -> str:
        shape = UNet2DConditionModel.load_config(folder / "unet") | fields
        UNet2DConditionModel.from_config(shape).save_pretrained(folder / "unet")
        return why_refused(path=folder)

    assert "its U-Net reads texts 48 wide, its text encoder writes 32" in with_unet(cross_attention_dim=48)
    assert "its U-Net takes 7 channels and its VAE has 4" in with_unet(in_channels=7)


def test_a_tokenizer_with_more_words_than_the_text_encoder_is_refused(folder: Path) -> None:
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    tokenizer.add_tokens(["<my-style>"])
    tokenizer.save_pretrained(folder / "tokenizer")
    assert "more words than its text encoder knows (514)" in why_refused(path=folder)


@pytest.mark.parametrize("name", ["model.ckpt", "model.bin", "model.pt", "model.txt"])
def test_one_file_that_is_no_safetensors_is_not_even_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    assert "pickled weights can run code and are never loaded" in why_refused(path=tmp_path / name)


LDM_PARTS = {"unet": "model.diffusion_model.", "vae": "first_stage_model.", "text_encoder": "cond_stage_model."}


@pytest.mark.parametrize("part", LDM_PARTS)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_one, "does not fit its configuration: weights are missing"),
        (with_one_misshapen, "does not fit its configuration: "),
        (lambda prefix, all_: {key: all_[key] for key in all_ if not key.startswith(prefix)}, "holds no {part} ("),
    ],
    ids=["missing", "misshapen", "part gone"],
)
def test_one_damaged_file_is_refused_with_a_reason(
    whole: Path, original: Path, tmp_path: Path, part: str, change: Any, words: str
) -> None:
    file = tmp_path / "damaged.safetensors"
    save_file(change(LDM_PARTS[part], load_file(original)), file)
    assert words.format(part=part) in why_refused(path=file, config=whole)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (edit_json("vae/config.json", layers_per_block=0), "numbers for the vae, but its configuration has place for"),
        (edit_json("text_encoder/config.json", num_hidden_layers=1), "numbers for the text_encoder, but its"),
        (edit_json("text_encoder/config.json", num_hidden_layers=3), "(missing: encoder.layers.2"),
        (edit_json("text_encoder/config.json", hidden_size=64), "does not fit its configuration: "),
        (edit_json("unet/config.json", block_out_channels=[64, 64]), "does not fit its configuration: "),
        (
            edit_json("model_index.json", _class_name="StableDiffusionXLPipeline"),
            "its text_encoder_2 is None; Lienzo knows",
        ),
        (remove("tokenizer"), "holds neither tokenizer.json"),
        (remove("vae"), "there is no"),
        (lambda folder: shutil.rmtree(folder), "has no model_index.json"),
    ],
)
def test_one_file_whose_configuration_is_not_its_own_is_refused(
    folder: Path, original: Path, damage: Damage, words: str
) -> None:
    damage(folder)
    assert words in why_refused(path=original, config=folder)


def test_one_file_that_is_cut_short_or_a_text_or_a_lora_is_refused(whole: Path, original: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    file.write_bytes(original.read_bytes()[:100_000])
    assert "is damaged or no safetensors file" in why_refused(path=file, config=whole)
    file.write_text("<html>Please log in to download this model</html>")
    assert "is damaged or no safetensors file" in why_refused(path=file, config=whole)
    save_file(without_one("final_layer_norm", load_file(original)), file)
    assert "(missing: final_layer_norm.bias)" in why_refused(path=file, config=whole)
    save_file({"lora_unet_down_blocks_0.lora_up.weight": torch.zeros(3)}, file)
    assert "is it a LoRA" in why_refused(path=file, config=whole)


# No code of the checkpoint is run.


def test_code_that_comes_with_a_checkpoint_is_never_run(folder: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for place in (".", "unet", "scheduler", "tokenizer", "text_encoder", "safety_checker", "extra"):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / "lienzo_evil.py").write_text(f"open({str(ran)!r}, 'w')\nclass Evil: pass\n")
    everywhere = {"auto_map": dict.fromkeys(("AutoModel", "AutoTokenizer", "AutoConfig"), "lienzo_evil.Evil")}
    for name in ("unet/config.json", "text_encoder/config.json", "tokenizer/tokenizer_config.json"):
        edit_json(name, **everywhere)(folder)
    evil = ["lienzo_evil", "Evil"]
    edit_json("model_index.json", safety_checker=evil, extra=evil, image_encoder=evil, feature_extractor=evil)(folder)
    assert latents(load(path=folder)).shape == (1, 4, 8, 8)  # what is not needed is not looked at
    for key in ("unet", "scheduler", "tokenizer", "text_encoder", "_class_name"):
        index = (folder / "model_index.json").read_text()
        edit_json("model_index.json", **{key: evil})(folder)
        why_refused(path=folder)
        (folder / "model_index.json").write_text(index)
    assert not ran.exists()
    assert "lienzo_evil" not in sys.modules


# In the engine.


async def test_a_broken_second_checkpoint_leaves_the_first_working(folder: Path, tmp_path: Path) -> None:
    truncate(UNET)(folder)
    engine = LocalEngine(
        engine_settings(device="cpu"),
        {"tiny": TINY, "broken": settings(path=folder)},
        default_checkpoint="tiny",
        checkpoints_folder=tmp_path / "checkpoints",
    )
    async with engine:
        await engine.ready()
        handles = [
            engine.submit(a_request(checkpoint=name, seed=seed), f"lane {seed}")
            for seed, name in enumerate(["tiny", "broken", "tiny", "broken", "tiny"])
        ]
        ends = [[event async for event in handle][-1] for handle in handles]
    assert [type(end) for end in ends] == [Finished, Failed, Finished, Failed, Finished]
    for end in ends:
        if isinstance(end, Failed):
            assert isinstance(end.error, CheckpointUnusable)
            assert end.error.checkpoint == "broken"
            assert "is damaged" in end.error.reason


async def test_a_broken_default_checkpoint_says_so_before_anything_is_drawn(folder: Path, tmp_path: Path) -> None:
    pickle_only(folder)
    engine = LocalEngine(
        engine_settings(device="cpu"),
        {"mine": settings(path=folder)},
        default_checkpoint="mine",
        checkpoints_folder=tmp_path,
    )
    async with engine:
        with pytest.raises(CheckpointUnusable, match="only pickled weights"):
            await engine.ready()
