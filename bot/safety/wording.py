"""How many words of a text say what is to be seen: not the small ones, and not those that only say how it is painted.

Few words say little and deserve doubt; many windows are often high by chance and deserve doubt as well. What prompts
are decorated with changes neither, so it does not count, and hides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

_SMALL = """
a an the of in on at to for from by with without and or as is are was be it its this that these those his her their my
your our he she they them him who which there here into onto over under near behind between through up down out off very
so some one two three all both each other no not while where when during
"""
_STYLE = """
2d 3d 4k 8k 16k 35mm 50mm 85mm abstract acrylic aesthetic airbrush anime aperture art artbook artgerm artist artistic
artstation artwork award baroque beautiful beautifully best blender bokeh breathtaking bright brush cartoon cg cgi
cgsociety character charcoal chiaroscuro cinema cinematic clean clear closeup close color colored colorful colors
colour coloured colourful colours comic composition concept contrast crisp cute daz deep depth design detail detailed
details deviantart diffuse digital dof dramatic drawing drawn dynamic elegant engine epic exposure extremely fantasy
field film fine fisheye focus full gallery glow glowing golden graphic greg hd hdr high highly hq hyper hyperdetailed
hyperrealism hyperrealistic illustration illustrated image impressionist ink insanely intricate kodak lens light
lighting lights lineart lithograph lofi low lush macro masterpiece matte medium minimalist moody mood mucha natural
nikon octane official oil painted painterly painting panorama paper pastel pencil perfect perspective photo photograph
photography photorealism photorealistic photoreal picture pixar pixel pixiv pop portrait poster print professional
quality ray raytracing real realism realistic render rendered rendering renderer resolution retro rim rule rutkowski
scene sharp shading shadows shutterstock sigma simple sketch smooth soft solid standard still studio stunning style
stylized super surreal symmetrical symmetry texture textured textures toon traced traditional trending ultra unreal
uhd vector vibrant view vintage vivid volumetric vray wallpaper wallhaven warm watercolor watercolour weta wide
winning wlop workshop
"""
_DECORATION = frozenset(_STYLE.split())
_UNCOUNTED = _DECORATION.union(_SMALL.split())


def is_decoration(word: str) -> bool:
    """Whether it only says how a picture is painted."""
    return word in _DECORATION


def content_length(words: Iterable[str]) -> int:
    return sum(word not in _UNCOUNTED for word in words)
