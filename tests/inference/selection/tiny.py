"""A tiny CLIPSeg, saved as such checkpoints are, that knows two things: "light" and "dark". Its text encoder is random;
the rest is set so that it finds the patches that are as bright as the words say."""

from pathlib import Path
from typing import Any

import torch
from PIL import Image

SURE = 2.0  # how sure it is, as a logit: the lightest and the darkest shade of its masks are 30 and 225


def save_selector(folder: Path) -> None:
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation, ViTImageProcessor

    from inference.tiny_checkpoint import byte_tokenizer, tiny_text_config

    tokenizer = byte_tokenizer()
    vision = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 64,
        "patch_size": 4,
    }
    config = CLIPSegConfig(
        text_config=tiny_text_config(tokenizer).to_dict(),
        vision_config=vision,
        projection_dim=8,
        extract_layers=[0],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        model = CLIPSegForImageSegmentation(config)
        _let_brightness_decide(model)
        _teach(model, tokenizer, light="light", dark="dark")
        model.save_pretrained(folder)
    ViTImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _let_brightness_decide(model: Any) -> None:
    vision, decoder = model.clip.vision_model, model.decoder
    for block in (*vision.encoder.layers, *decoder.layers):  # they let through what comes in
        for last in (block.self_attn.out_proj, block.mlp.fc2):
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)
    torch.nn.init.zeros_(vision.embeddings.position_embedding.weight)
    brightness = vision.embeddings.patch_embedding.weight
    torch.nn.init.zeros_(brightness)
    brightness[0], brightness[1] = 1.0, -1.0
    for layer in (*decoder.reduces, decoder.film_mul, decoder.film_add):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    decoder.reduces[0].weight[0, 0] = decoder.reduces[0].weight[1, 1] = 1.0
    torch.nn.init.zeros_(decoder.transposed_convolution.weight)
    torch.nn.init.zeros_(decoder.transposed_convolution.bias)
    decoder.transposed_convolution.weight[0] = SURE / 2  # 2 is what normalising makes of the first of eight numbers


def _teach(model: Any, tokenizer: Any, *, light: str, dark: str) -> None:
    """What the words mean is turned into one number, whose sign says which patches are found."""
    means = [
        model.clip.get_text_features(**tokenizer(word, return_tensors="pt")).pooler_output[0] for word in (light, dark)
    ]
    towards, middle = means[0] - means[1], (means[0] + means[1]) / 2
    towards = 100 * towards / towards.square().sum()
    model.decoder.film_mul.weight[:2] = towards
    model.decoder.film_mul.bias[:2] = -(towards @ middle)


def half_light(size: tuple[int, int] = (80, 80)) -> Image.Image:
    """Dark on the left, light on the right."""
    image = Image.new("RGB", size, (20, 20, 20))
    image.paste((235, 235, 235), (size[0] // 2, 0, *size))
    return image
