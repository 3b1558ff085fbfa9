"""The training code, on a morsel of data: every stage runs, resumes, and ends in a folder that plain diffusers
loads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline

from inference.builtin import data, diffusion, enlarge, latents, muon, networks, package, sitting, tokenizer, vae
from inference.builtin.pictures import scenes
from inference.families.enlarger import Enlarger, find_enlarger
from inference.plan import DrawnPicture

MORSEL = {"one": data.Recipe("one", scenes.CRISP, 24), "landscape": data.Recipe("landscape", (), 8)}
SHARDS = {"one": 3.0, "landscape": 1.0}
INSTANT = 0.02  # minutes


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder after one very short sitting of every stage."""
    folder = tmp_path_factory.mktemp("training")
    data.draw_shards(folder, seed=1, shards=MORSEL)
    tokenizer.build(folder)
    sitting.run(vae.train, 1, vae.Settings(folder, SHARDS, INSTANT, batch=2))
    sitting.run(latents.prepare, 1, 1, folder, list(SHARDS))
    sitting.run(diffusion.train, 1, diffusion.Settings(folder, SHARDS, INSTANT, batch=2))
    return folder


def test_importing_the_package_loads_no_torch() -> None:
    code = "import sys, inference, inference.builtin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False).returncode == 0


def test_a_sitting_goes_on_where_the_last_one_stopped(work: Path) -> None:
    before = sitting.load(work / diffusion.CHECKPOINT)
    sitting.run(diffusion.train, 1, diffusion.Settings(work, SHARDS, INSTANT, batch=2))
    after = sitting.load(work / diffusion.CHECKPOINT)
    assert before is not None
    assert after is not None
    assert after["step"] > before["step"] > 0
    assert after["average"]["steps"] == after["step"]


def test_a_cooldown_leaves_the_checkpoint_alone(work: Path) -> None:
    before = (work / diffusion.CHECKPOINT).read_bytes()
    sitting.run(diffusion.train, 1, diffusion.Settings(work, SHARDS, INSTANT, batch=2, cooldown=True))
    assert (work / diffusion.CHECKPOINT).read_bytes() == before
    assert (work / diffusion.COOLED).exists()


def test_tuning_the_decoder_keeps_the_latents(work: Path) -> None:
    before = latents.fingerprint(vae.load(work))
    decoder = [param.clone() for param in vae.load(work).decoder.parameters()]
    sitting.run(vae.train, 1, vae.Settings(work, SHARDS, INSTANT, batch=1, crop=None, decoder_only=True))
    after = vae.load(work)
    assert latents.fingerprint(after) == before
    assert any(not torch.equal(a, b) for a, b in zip(decoder, after.decoder.parameters(), strict=True))


def test_two_processes_share_a_step(work: Path) -> None:
    sitting.run(diffusion.train, 2, diffusion.Settings(work, SHARDS, INSTANT, batch=1))


def test_latents_are_normal_after_normalising(work: Path) -> None:
    stored = np.load(work / latents.FOLDER / "one.npy").astype(np.float32)
    assert stored.shape == (24, 4, 16, 16)
    assert np.isfinite(stored).all()
    mean, deviation = latents.load_statistics(work)
    assert mean.shape == deviation.shape == (4, 1, 1)


def test_the_package_is_what_diffusers_expects(work: Path, tmp_path: Path) -> None:
    package.write(work, tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size <= package.LIMIT
    for name in ("model_index.json", "tokenizer/vocab.json", "tokenizer/merges.txt"):
        assert (tmp_path / name).exists()
    pipe = StableDiffusionPipeline.from_pretrained(tmp_path, dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    assert pipe.vae.config.scaling_factor == networks.SCALING
    assert pipe.tokenizer.model_max_length == tokenizer.LENGTH
    picture = pipe("a red circle", num_inference_steps=2, generator=networks.seeded(0)).images[0]
    assert picture.size == (128, 128)


def test_folding_changes_no_picture() -> None:
    torch.manual_seed(0)
    plain = networks.autoencoder().eval()
    mean, deviation = torch.randn(4, 1, 1), torch.rand(4, 1, 1) + 0.5
    changed = package.folded(plain, mean, deviation)
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        own = vae.encode(plain, pictures)
        told = changed.encode(pictures).latent_dist
        assert torch.allclose(told.mean * networks.SCALING, (own - mean) / deviation, atol=1e-4)
        assert torch.allclose(told.std * networks.SCALING, torch.tensor(vae.POSTERIOR), atol=1e-5)
        assert torch.allclose(changed.decode(told.mean).sample, vae.decode(plain, own), atol=1e-4)


def test_the_vocabulary_knows_its_words_and_spells_any_other(work: Path) -> None:
    tokens = latents.tokenizer(work)
    known = tokens("a red circle")["input_ids"]
    assert len(known) == 5
    spelled = tokens("crocodile über 🐊")["input_ids"]
    assert tokens.decode(spelled, skip_special_tokens=True).replace(" ", "") == "crocodileüber🐊"
    assert len(tokenizer.vocabulary(work / "tokenizer")) == len(tokens)


def test_the_last_timestep_is_pure_noise() -> None:
    schedule = diffusion.noise_schedule()
    assert float(schedule.alphas_cumprod[-1]) == pytest.approx(0, abs=1e-6)
    drawn = torch.cat([diffusion.timesteps(64) for _ in range(50)])
    assert int(drawn.min()) >= 0
    assert int(drawn.max()) <= 999
    assert 0.45 < float(((drawn > 250) & (drawn < 750)).float().mean()) < 0.8


def test_muon_makes_orthogonal_steps() -> None:
    torch.manual_seed(0)
    for shape in ((3, 16, 48), (2, 48, 16)):
        found = muon.orthogonal(torch.randn(shape)).float()
        values = torch.linalg.svdvals(found)
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.4


def test_the_average_follows_the_weights() -> None:
    layer = torch.nn.Linear(2, 2)
    average = sitting.Average([layer], decay=0.9)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    for _ in range(200):
        average.update()
    copied = average.networks_with_average()[0]
    assert torch.allclose(next(copied.parameters()), torch.ones(2, 2), atol=1e-3)


def test_the_enlarger_starts_as_plain_enlargement_and_learns(work: Path, tmp_path: Path) -> None:
    picture = DrawnPicture(np.random.default_rng(0).integers(0, 256, (32, 40, 3), dtype=np.uint8))
    larger = Enlarger().enlarge(picture).pixels
    assert larger.shape == (128, 160, 3)
    assert abs(float(larger.mean()) - float(picture.pixels.mean())) < 2
    sitting.run(enlarge.train, 1, enlarge.Settings(work, INSTANT, batch=1))
    enlarge.write(work, tmp_path)
    shipped = find_enlarger(tmp_path, torch.device("cpu"))
    assert shipped is not None
    assert shipped.enlarge(picture).pixels.shape == (128, 160, 3)
    assert find_enlarger(tmp_path / "elsewhere", torch.device("cpu")) is None
