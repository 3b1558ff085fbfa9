"""A diffusers folder of Stable Diffusion -> one file in the layout of the original release (CompVis, Stability AI).

The inverse of what diffusers does when it loads such a file, for small models: the names are those of the `ldm` code.
"""

import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Weights = dict[str, torch.Tensor]

UNET_NAMES = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
RESNET_NAMES = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
VAE_ATTENTION_NAMES = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
OPEN_CLIP_NAMES = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}


def write_original_file(folder: Path, file: Path, *, open_clip: bool = False) -> None:
    """``open_clip``: the text encoder as Stable Diffusion 2.x has it."""
    original = unet_and_vae(folder)
    text = load_file(folder / "text_encoder" / "model.safetensors")
    if open_clip:
        original |= {f"cond_stage_model.model.{key}": value for key, value in text_in_open_clip_names(text).items()}
    else:
        original |= text_in_clip_names(text, "cond_stage_model.transformer.text_model.")
    save_file({key: value.contiguous() for key, value in original.items()}, file)


def write_original_xl_file(folder: Path, file: Path) -> None:
    original = unet_and_vae(folder)
    text = load_file(folder / "text_encoder" / "model.safetensors")
    original |= text_in_clip_names(text, "conditioner.embedders.0.transformer.text_model.")
    second = load_file(folder / "text_encoder_2" / "model.safetensors")
    projection = second.pop("text_projection.weight")
    renamed = text_in_open_clip_names(second) | {"text_projection": projection.T}
    original |= {f"conditioner.embedders.1.model.{key}": value for key, value in renamed.items()}
    save_file({key: value.contiguous() for key, value in original.items()}, file)


def text_in_clip_names(text: Weights, prefix: str) -> Weights:
    renamed = {prefix + key.removeprefix("text_model."): value for key, value in text.items()}
    return renamed | {f"{prefix}embeddings.position_ids": torch.arange(77)[None]}


def unet_and_vae(folder: Path) -> Weights:
    unet = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
    vae = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors")
    original = {f"model.diffusion_model.{key}": value for key, value in unet_in_original_names(unet).items()}
    return original | {f"first_stage_model.{key}": value for key, value in vae_in_original_names(vae).items()}


def unet_in_original_names(unet: Weights, layers_per_block: int = 1) -> Weights:
    width = layers_per_block + 1
    renamed = {}
    for key, value in unet.items():
        match = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|\w+samplers)\.(\d+)\.(.+)", key)
        middle = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", key)
        if match:
            way, block, kind, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
            first = block * width + (1 if way == "down" else 0)
            side = "input_blocks" if way == "down" else "output_blocks"
            if kind == "downsamplers":
                name = f"{side}.{first + layers_per_block}.0.{rest.replace('conv', 'op')}"
            elif kind == "upsamplers":
                has_attention = f"up_blocks.{block}.attentions.0.norm.weight" in unet
                name = f"{side}.{first + layers_per_block}.{2 if has_attention else 1}.{rest}"
            elif kind == "resnets":
                name = f"{side}.{first + layer}.0.{_renamed(rest, RESNET_NAMES)}"
            else:
                name = f"{side}.{first + layer}.1.{rest}"
        elif middle:
            kind, layer, rest = middle[1], int(middle[2]), middle[3]
            is_resnet = kind == "resnets"
            name = f"middle_block.{2 * layer if is_resnet else 1}.{_renamed(rest, RESNET_NAMES) if is_resnet else rest}"
        else:
            name = _renamed(key, UNET_NAMES)
        renamed[name] = value
    return renamed


def vae_in_original_names(vae: Weights) -> Weights:
    up_blocks = 1 + max(int(match[1]) for key in vae if (match := re.match(r"decoder\.up_blocks\.(\d+)", key)))
    renamed = {}
    for key, value in vae.items():
        name = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
        name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
        name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
        name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda it: f"up.{up_blocks - 1 - int(it[1])}.block", name)
        name = re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda it: f"up.{up_blocks - 1 - int(it[1])}.upsample", name)
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda it: f"mid.block_{int(it[1]) + 1}", name)
        if "mid_block.attentions.0" in name:
            side, _, rest = name.partition("mid_block.attentions.0.")
            name = f"{side}mid.attn_1.{_renamed(rest, VAE_ATTENTION_NAMES)}"
            value = value[:, :, None, None] if value.ndim == 2 else value
        renamed[name] = value
    return renamed


def text_in_open_clip_names(text: Weights) -> Weights:
    text = {key.removeprefix("text_model."): value for key, value in text.items()}
    renamed = {
        "positional_embedding": text["embeddings.position_embedding.weight"],
        "token_embedding.weight": text["embeddings.token_embedding.weight"],
        "ln_final.weight": text["final_layer_norm.weight"],
        "ln_final.bias": text["final_layer_norm.bias"],
        "text_projection": torch.eye(text["final_layer_norm.weight"].shape[0]),
        "logit_scale": torch.tensor(4.6),
    }
    for key, value in text.items():
        match = re.match(r"encoder\.layers\.(\d+)\.(.+)", key)
        if match and not re.search(r"[qkv]_proj", key):
            renamed[f"transformer.resblocks.{match[1]}.{_renamed(match[2], OPEN_CLIP_NAMES)}"] = value
        elif match and "q_proj" in key:
            together = torch.cat([text[key.replace("q_proj", f"{which}_proj")] for which in "qkv"])
            renamed[f"transformer.resblocks.{match[1]}.attn.in_proj_{key.rpartition('.')[2]}"] = together
    return renamed


def _renamed(key: str, names: dict[str, str]) -> str:
    for here, there in names.items():
        if key.startswith(f"{here}."):
            return there + key.removeprefix(here)
    return key
