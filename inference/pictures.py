"""Pixels -> a file: enlargement, PNG or WebP, and the parameters written into the file's metadata.

The text form is the one that the common Stable Diffusion tools read from a PNG's "parameters" chunk. The IPTC digital
source type "trainedAlgorithmicMedia" marks the picture as made by a model (IPTC Photo Metadata Standard, NewsCodes
digitalsourcetype). The bytes depend on nothing but the pixels and the request: the same picture is the same file.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Literal

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from config.settings import CheckpointSettings
from inference.job import Job
from inference.plan import DrawnPicture
from inference.request import ImageRequest, Picture
from inference.runners.base import Runner
from inference.samplers import SAMPLERS
from inference.scorers import Scorer, measured
from inference.scorers.contrast import contrast

PREVIEW_PIXELS = 256

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


class Writer:
    """Pixels to files. Blocking, up to a second: call it off the loop and off the tick.

    ``scorers`` may still be filled after the writer is made: they load weights. ``model_hash``: of a checkpoint.
    """

    def __init__(
        self,
        checkpoints: Mapping[str, CheckpointSettings],
        image_format: Literal["png", "webp"],
        scorers: Sequence[Scorer] = (),
        model_hash: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._checkpoints = checkpoints
        self._image_format: Literal["png", "webp"] = image_format
        self._scorers = scorers
        self._model_hash = model_hash

    def write(self, job: Job, drawn: DrawnPicture, runner: Runner) -> Picture:
        """Score a finished job and make its file."""
        scores = measured((contrast, *self._scorers), drawn.pixels)
        image = Image.fromarray(drawn.pixels)
        image = enlarge(image, self._checkpoints[job.request.checkpoint].enlarge_to_pixels)
        text = parameters_text(job.request, self._model_hash(job.request.checkpoint))
        data = encode(image, text, self._image_format)
        return Picture(
            data=data,
            media_type=f"image/{self._image_format}",
            sha256=hashlib.sha256(data).hexdigest(),
            width=image.width,
            height=image.height,
            scores=scores,
            draw_seconds=job.drawing_seconds,
            device=runner.device,
            dtype=runner.dtype,
        )

    def write_preview(self, drawn: DrawnPicture) -> bytes:
        """A small WebP, its long side enlarged to PREVIEW_PIXELS."""
        buffer = io.BytesIO()
        enlarge(Image.fromarray(drawn.pixels), PREVIEW_PIXELS).save(buffer, "WEBP", quality=60, method=0)
        return buffer.getvalue()


def enlarge(image: Image.Image, long_side: int) -> Image.Image:
    """Lanczos enlargement until the long side has ``long_side`` pixels; larger pictures stay as they are."""
    longest = max(image.size)
    if longest >= long_side:
        return image
    width, height = (round(side * long_side / longest) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def parameters_text(request: ImageRequest, model_hash: str = "") -> str:
    lines = [request.prompt]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    lines.append(
        f"Steps: {request.steps}, Sampler: {SAMPLERS[request.sampler].label}, CFG scale: {request.guidance:g}, "
        f"Seed: {request.seed}, Size: {request.width}x{request.height}, "
        + (f"Model hash: {model_hash}, " if model_hash else "")
        + f"Model: {request.checkpoint}, Version: Lienzo {version('lienzo')}"
    )
    for variation in request.variations:
        lines[-1] += f", Variation seed: {variation.seed}, Variation seed strength: {variation.strength:g}"
    if request.image is not None:
        lines[-1] += f", Denoising strength: {request.strength:g}"
    if request.control is not None:
        lines[-1] += f', ControlNet 0: "Model: {request.control.name}, Weight: {request.control.scale:g}"'
    if request.image_prompt is not None:
        lines[-1] += f", IP-adapter: {request.image_prompt.name}, IP-adapter weight: {request.image_prompt.scale:g}"
    if request.hires is not None:
        hires = request.hires
        lines[-1] += f", Hires resize: {hires.width}x{hires.height}, Hires steps: {hires.steps}"
        lines[-1] += f", Denoising strength: {hires.strength:g}"
    if request.clip_skip:
        lines[-1] += f", Clip skip: {request.clip_skip + 1}"  # there 1 means that no layer is left out
    if request.loras:
        lines[0] += "".join(f" <lora:{lora.name}:{lora.scale:g}>" for lora in request.loras)
    return "\n".join(lines)


def encode(image: Image.Image, parameters: str, image_format: Literal["png", "webp"]) -> bytes:
    """Lossless file bytes with ``parameters`` and the source type inside."""
    buffer = io.BytesIO()
    if image_format == "png":
        chunks = PngInfo()
        chunks.add_itxt("parameters", parameters)
        chunks.add_itxt("XML:com.adobe.xmp", _XMP)
        image.save(buffer, "PNG", pnginfo=chunks)
    else:
        exif = Image.Exif()
        # "UNICODE" and a zero byte announce UTF-16 in the UserComment field (Exif 3.0, section 4.6.6.5).
        comment = b"UNICODE\0" + parameters.encode("utf-16-be")
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
        image.save(buffer, "WEBP", lossless=True, exif=exif, xmp=_XMP.encode())
    return buffer.getvalue()


def read_parameters(data: bytes) -> str | None:
    """The parameters text inside a PNG or WebP file that ``encode`` made, or None."""
    with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
        if image.format == "PNG":
            text = image.info.get("parameters")
            return text if isinstance(text, str) else None
        comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
        if isinstance(comment, bytes) and comment.startswith(b"UNICODE\0"):
            return comment[8:].decode("utf-16-be")
        return None
