"""The adult-content scorer on a tiny random classifier: it measures, and it refuses what would only seem to."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from config import SafetySettings, load_settings
from inference import CheckpointUnusable, LocalEngine
from inference.scorers import make_scorers
from inference.scorers.nsfw import NsfwScorer
from tests.inference.builders import TINY, a_request, engine_settings

Weights = dict[str, torch.Tensor]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def save_classifier(folder: Path, labels: list[str], dtype: torch.dtype = torch.float32) -> None:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = ViTForImageClassification(
            ViTConfig(
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                image_size=32,
                patch_size=8,
                id2label=dict(enumerate(labels)),
                label2id={label: index for index, label in enumerate(labels)},
                initializer_range=0.5,  # else random weights hardly tell pictures apart
            )
        )
    model.to(dtype).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    save_classifier(folder, ["normal", "nsfw"])
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "classifier"))


def pictures() -> list[Any]:
    chance = np.random.default_rng(7)
    return [chance.integers(0, 256, shape, dtype=np.uint8) for shape in ((64, 64, 3), (96, 40, 3), (512, 512, 3))]


def why_refused(source: Path | str, revision: str = "") -> str:
    with pytest.raises(CheckpointUnusable) as caught:
        NsfwScorer(str(source), revision)
    return caught.value.reason


def test_pictures_get_scores_between_0_and_1_that_tell_them_apart(whole: Path) -> None:
    scorer = NsfwScorer(str(whole), "")
    scores = [scorer(picture)["nsfw"] for picture in pictures()]
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) == 3
    assert scores == [scorer(picture)["nsfw"] for picture in pictures()]


def test_the_score_is_the_chance_of_all_adult_labels_together(tmp_path: Path) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    save_classifier(tmp_path, ["drawings", "Hentai", "neutral", "PORN"])
    model = AutoModelForImageClassification.from_pretrained(tmp_path)
    inputs = AutoImageProcessor.from_pretrained(tmp_path)(images=pictures()[0], return_tensors="pt")
    with torch.inference_mode():
        chances = model(**inputs).logits[0].softmax(-1)
    score = NsfwScorer(str(tmp_path), "")(pictures()[0])["nsfw"]
    assert score == pytest.approx(float(chances[1] + chances[3]), abs=1e-6)


def test_weights_in_half_precision_are_good_enough(tmp_path: Path) -> None:
    save_classifier(tmp_path, ["normal", "nsfw"], torch.float16)
    assert 0 <= NsfwScorer(str(tmp_path), "")(pictures()[0])["nsfw"] <= 1


def test_it_needs_no_torchvision(whole: Path) -> None:
    if find_spec("torchvision"):
        pytest.skip("torchvision is here, so this cannot show that Lienzo, which does not depend on it, works without")
    assert "Pil" in type(NsfwScorer(str(whole), "")._processor).__name__


def edit_weights(folder: Path, change: Callable[[Weights], Weights]) -> None:
    save_file(change(load_file(folder / "model.safetensors")), folder / "model.safetensors", metadata={"format": "pt"})


def edit_json(folder: Path, name: str, **fields: Any) -> None:
    (folder / name).write_text(json.dumps(json.loads((folder / name).read_text()) | fields))


def pickle_only(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def truncate(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


HEAD = "classifier.weight"
DAMAGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("nothing there", shutil.rmtree, "there is no such folder; a hub id needs safety.nsfw_revision"),
    ("empty", lambda folder: [file.unlink() for file in folder.iterdir()], "it cannot be loaded (OSError"),
    ("no processor", lambda folder: (folder / "preprocessor_config.json").unlink(), "it cannot be loaded (OSError"),
    ("broken config", lambda folder: (folder / "config.json").write_text("{"), "it cannot be loaded (JSONDecodeError"),
    ("list for a config", lambda folder: (folder / "config.json").write_text("[]"), "it cannot be loaded ("),
    ("pickled", pickle_only, "it cannot be loaded (OSError"),
    ("truncated", truncate, "it cannot be loaded (SafetensorError"),
    (
        "no adult label",
        lambda folder: edit_json(folder, "config.json", id2label={"0": "cat", "1": "dog"}, label2id={}),
        "none of its labels (cat, dog) means adult content",
    ),
    (
        "only adult labels",
        lambda folder: edit_json(folder, "config.json", id2label={"0": "porn", "1": "nsfw"}, label2id={}),
        "gives every picture the same score",
    ),
    (
        "head missing",
        partial(edit_weights, change=lambda weights: {key: weights[key] for key in weights if key != HEAD}),
        f"its weights do not fit it ({HEAD} and 0 more)",
    ),
    (
        "head misshapen",
        partial(edit_weights, change=lambda weights: weights | {HEAD: torch.zeros(5, 32)}),
        f"its weights do not fit it ({HEAD} and 0 more)",
    ),
    (
        "surplus",
        partial(edit_weights, change=lambda weights: weights | {"another.weight": torch.zeros(3)}),
        "its weights do not fit it (another.weight and 0 more)",
    ),
    (
        "another model's body",
        partial(edit_weights, change=lambda weights: {f"swin.{key}": value for key, value in weights.items()}),
        "its weights do not fit it",
    ),
    (
        "constant",
        partial(edit_weights, change=lambda weights: weights | {HEAD: torch.zeros(2, 32)}),
        "gives every picture the same score",
    ),
    (
        "invalid numbers",
        partial(edit_weights, change=lambda weights: weights | {HEAD: torch.full((2, 32), float("nan"))}),
        "invalid number",
    ),
    (
        "another picture size",
        lambda folder: edit_json(folder, "preprocessor_config.json", size={"height": 16, "width": 16}),
        "it cannot score a picture (ValueError: ",
    ),
]


@pytest.mark.parametrize(("damage", "words"), [it[1:] for it in DAMAGES], ids=[it[0] for it in DAMAGES])
def test_what_would_not_measure_is_refused(folder: Path, damage: Callable[[Path], object], words: str) -> None:
    damage(folder)
    assert words in why_refused(folder)


def test_a_hub_id_without_revision_is_refused_and_with_one_needs_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "nsfw_revision, the commit it is pinned to" in why_refused("someone/classifier")
    assert why_refused("someone/classifier", "0" * 40)


def test_a_hub_id_is_asked_for_at_its_revision(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    asked: list[dict[str, Any]] = []

    def from_folder(load: Callable[..., Any], source: str, **arguments: Any) -> Any:
        asked.append({"source": source, **arguments})
        return load(whole, **{key: value for key, value in arguments.items() if key != "revision"})

    for kind in (AutoImageProcessor, AutoModelForImageClassification):
        monkeypatch.setattr(kind, "from_pretrained", partial(from_folder, kind.from_pretrained))
    NsfwScorer("someone/classifier", "0" * 40)
    assert [call["source"] for call in asked] == ["someone/classifier"] * 2
    assert all(call["revision"] == "0" * 40 and call["trust_remote_code"] is False for call in asked)
    assert asked[1]["use_safetensors"] is True


def test_code_that_comes_with_a_classifier_is_never_run(folder: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (folder / "lienzo_evil.py").write_text(f"open({str(ran)!r}, 'w')\nclass Evil: pass\n")
    classes = ("AutoConfig", "AutoModelForImageClassification", "AutoImageProcessor")
    for name in ("config.json", "preprocessor_config.json"):
        edit_json(folder, name, auto_map=dict.fromkeys(classes, "lienzo_evil.Evil"))
    NsfwScorer(str(folder), "")  # a known kind is loaded with the library's own code
    edit_json(folder, "config.json", model_type="lienzo-evil", architectures=["Evil"])
    assert why_refused(folder)
    assert not ran.exists()


# In the engine.


def safety(source: Path | str) -> SafetySettings:
    return load_settings(env_file=Path("/nonexistent")).safety.model_copy(update={"nsfw_checkpoint": str(source)})


def engine_with(source: Path | str, checkpoints_folder: Path) -> LocalEngine:
    return LocalEngine(
        engine_settings(device="cpu"),
        {"tiny": TINY},
        default_checkpoint="tiny",
        checkpoints_folder=checkpoints_folder,
        make_scorers=partial(make_scorers, safety(source)),
    )


async def test_every_picture_of_the_engine_carries_its_score(whole: Path, tmp_path: Path) -> None:
    async with engine_with(whole, tmp_path) as engine:
        handles = [engine.submit(a_request(seed=seed), f"lane {seed}") for seed in range(3)]
        found = [await handle.result() for handle in handles]
    scores = [picture.scores["nsfw"] for picture in found]
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) == 3


async def test_an_engine_whose_scorer_cannot_measure_draws_nothing(tmp_path: Path) -> None:
    async with engine_with(tmp_path / "none", tmp_path) as engine:
        with pytest.raises(CheckpointUnusable, match="no such folder"):
            await engine.ready()


def test_no_classifier_named_means_no_scorer() -> None:
    assert make_scorers(safety("")) == []
