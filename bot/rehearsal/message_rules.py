"""The rules for what a bot may put into a message: text, embeds, files, flags and layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.rehearsal.attachments import FILE_LIMIT_BYTES, Attachment, Upload, tidy_name
from bot.rehearsal.components import ComponentRules
from bot.rehearsal.errors import ApiError, FormErrors, refuse
from bot.rehearsal.messages import FLAG_COMPONENTS_V2, FLAG_EPHEMERAL, Message, flatten

Json = dict[str, Any]

CONTENT_LIMIT = 2000
FILES_LIMIT = 10
V2_BYTES_THAT_FAIL = 10_170
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 4, 1 << 12
SETTABLE_FLAGS = SUPPRESS_EMBEDS | FLAG_EPHEMERAL | SUPPRESS_NOTIFICATIONS | FLAG_COMPONENTS_V2
_WEB, _MEDIA = ("http", "https"), ("http", "https", "attachment")
_EMBED_LINKS = (
    ("", "url", _WEB),
    ("author", "url", _WEB),
    ("author", "icon_url", _MEDIA),
    ("footer", "icon_url", _MEDIA),
    ("image", "url", _MEDIA),
    ("thumbnail", "url", _MEDIA),
)
_EMBED_TEXTS = (("title", 256), ("description", 4096))


@dataclass(frozen=True, slots=True)
class NewFile:
    """An upload that belongs to the message, with what `attachments` says about it."""

    upload: Upload
    description: str | None
    spoiler: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A message body that has passed every rule: the whole state the message will have."""

    content: str
    embeds: tuple[Json, ...]
    components: tuple[Json, ...]
    flags: int
    kept: tuple[Attachment, ...]
    described: dict[int, tuple[str | None, bool]]
    new_files: tuple[NewFile, ...]
    nonce: str | None
    enforce_nonce: bool


def check(
    body: Json, files: dict[int, Upload], *, before: Message | None = None, file_limit: int = FILE_LIMIT_BYTES
) -> Draft:
    """The draft for a new message, or for the edit of an existing one; raises the refusal Discord would send."""
    if any(len(upload.data) > file_limit for upload in files.values()):
        raise refuse(40005)
    errors = FormErrors()
    content = _content(body, before, errors)
    kept, described, new_files = _attachments(body, files, before, errors)
    flags = _flags(body, before, errors)
    embeds = _embeds(body, before, errors)
    _allowed_mentions(body.get("allowed_mentions"), errors)
    nonce = body.get("nonce")
    if nonce is not None:
        errors.text("nonce", str(nonce), 0, 25)

    v2 = bool(flags & FLAG_COMPONENTS_V2)
    names = frozenset([a.filename for a in kept] + [tidy_name(f.upload.filename) for f in new_files])
    if "components" in body:
        components = ComponentRules(errors, names).message(body["components"], v2=v2)
    else:
        components = before.components if before else ()
    if v2:
        stickers, poll = body.get("sticker_ids"), body.get("poll")
        for name, used in (("content", content), ("embeds", embeds), ("poll", poll), ("sticker_ids", stickers)):
            if used:
                text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                errors.add(name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    errors.raise_if_any()
    if v2 and _displayed_bytes(components) > V2_BYTES_THAT_FAIL:
        # No rule, but what the real service does with it.
        raise ApiError(500, 0, "500: Internal Server Error")
    if not (content or embeds or kept or new_files or components or body.get("sticker_ids") or body.get("poll")):
        raise refuse(50006)
    return Draft(
        content,
        embeds,
        components,
        flags,
        kept,
        described,
        new_files,
        None if nonce is None else str(nonce),
        bool(body.get("enforce_nonce")),
    )


def _displayed_bytes(components: tuple[Json, ...]) -> int:
    return sum(len(str(part.get("content") or "").encode()) for part in flatten(components))


def _content(body: Json, before: Message | None, errors: FormErrors) -> str:
    if "content" not in body and before is not None:
        return before.content
    content = body.get("content")
    errors.text("content", content, 0, CONTENT_LIMIT, optional=True)
    return content.strip() if isinstance(content, str) else ""


def _flags(body: Json, before: Message | None, errors: FormErrors) -> int:
    given = body.get("flags") or 0
    if not isinstance(given, int):
        errors.add("flags", "NUMBER_TYPE_COERCE", f'Value "{given}" is not int.')
        return 0
    given &= SETTABLE_FLAGS
    if before is None:
        return given
    held = before.flags & (FLAG_EPHEMERAL | FLAG_COMPONENTS_V2 | SUPPRESS_NOTIFICATIONS)
    if "flags" in body and held & FLAG_COMPONENTS_V2 and not given & FLAG_COMPONENTS_V2:
        errors.add(
            "flags", "MESSAGE_FLAGS_COMPONENTS_V2_CANNOT_BE_REMOVED", "Components V2 cannot be switched off again"
        )
    # Whether only one person sees a message is decided when it is made, never by an edit.
    suppress = given if "flags" in body else before.flags
    return held | given & FLAG_COMPONENTS_V2 | suppress & SUPPRESS_EMBEDS


def _attachments(
    body: Json, files: dict[int, Upload], before: Message | None, errors: FormErrors
) -> tuple[tuple[Attachment, ...], dict[int, tuple[str | None, bool]], tuple[NewFile, ...]]:
    existing = {a.id: a for a in before.attachments} if before else {}
    listed = body.get("attachments")
    kept: list[Attachment] = []
    described: dict[int, tuple[str | None, bool]] = {}
    new: dict[int, NewFile] = {}
    for number, upload in files.items():
        if number >= FILES_LIMIT and len(files) <= FILES_LIMIT:
            errors.add(f"files.{number}", "BASE_TYPE_MAX_LENGTH", f"Files are numbered 0 to {FILES_LIMIT - 1}.")
        new[number] = NewFile(upload, None, False)
    if listed is None and "attachments" not in body:
        kept = list(existing.values())
    for index, item in enumerate(listed or []):
        path = f"attachments.{index}"
        try:
            id_ = int(item["id"])
        except (KeyError, TypeError, ValueError):
            errors.required(f"{path}.id")
            continue
        description = item.get("description")
        errors.text(f"{path}.description", description, 0, 1024, optional=True)
        spoiler = bool(item.get("is_spoiler"))
        if id_ in new:
            upload = new[id_].upload
            if item.get("filename"):
                upload = Upload(str(item["filename"]), upload.data, upload.content_type)
            new[id_] = NewFile(upload, description, spoiler)
        elif id_ in existing:
            kept.append(existing[id_])
            if "description" in item or "is_spoiler" in item:
                described[id_] = (item.get("description", existing[id_].description), spoiler or existing[id_].spoiler)
        else:
            raise refuse(50146)
    if len(kept) + len(new) > FILES_LIMIT:
        errors.add("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES_LIMIT} or fewer in length.")
    return tuple(kept), described, tuple(new[number] for number in sorted(new))


def _embeds(body: Json, before: Message | None, errors: FormErrors) -> tuple[Json, ...]:
    if "embeds" not in body:
        return before.embeds if before else ()
    embeds = body["embeds"] or []
    if not isinstance(embeds, list) or not all(isinstance(embed, dict) for embed in embeds):
        errors.add("embeds", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return ()
    if len(embeds) > 10:
        errors.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for index, embed in enumerate(embeds):
        total += _embed(f"embeds.{index}", embed, errors)
    if total > 6000:
        errors.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return tuple({"type": "rich", **embed} for embed in embeds)


def _embed(path: str, embed: Json, errors: FormErrors) -> int:
    """Checks one embed and returns how many characters it counts."""
    texts: list[tuple[str, object, int]] = [(f"{path}.{name}", embed.get(name), limit) for name, limit in _EMBED_TEXTS]
    for part, name in (("footer", "text"), ("author", "name")):
        inner = embed.get(part)
        if isinstance(inner, dict):
            texts.append((f"{path}.{part}.{name}", inner.get(name), 2048 if part == "footer" else 256))
    fields = embed.get("fields") or []
    if len(fields) > 25:
        errors.add(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, one in enumerate(fields):
        for name, limit in (("name", 256), ("value", 1024)):
            at = f"{path}.fields.{index}.{name}"
            if not one.get(name):
                errors.required(at)
            texts.append((at, one.get(name), limit))
    for at, value, limit in texts:
        errors.text(at, value, 0, limit, optional=True)
    for part, name, schemes in _EMBED_LINKS:
        holder = embed.get(part) if part else embed
        if isinstance(holder, dict):
            at = f"{path}.{part}.{name}" if part else f"{path}.{name}"
            errors.text(at, holder.get(name), 0, 2048, optional=True)
            errors.link(at, holder.get(name), schemes)
    errors.between(f"{path}.color", embed.get("color"), 0, 0xFFFFFF)
    has_media = any(embed.get(name) for name in ("image", "thumbnail", "url", "author", "footer"))
    if not (has_media or fields or any(embed.get(name) for name, _ in _EMBED_TEXTS)):
        errors.add(f"{path}.description", "BASE_TYPE_REQUIRED", "This field is required")
    return sum(len(value) for _, value, _ in texts if isinstance(value, str))


def _allowed_mentions(given: object, errors: FormErrors) -> None:
    if not isinstance(given, dict):
        return
    for index, kind in enumerate(given.get("parse") or []):
        if kind not in ("users", "roles", "everyone"):
            errors.choice(f"allowed_mentions.parse.{index}", ("users", "roles", "everyone"))
    for name in ("users", "roles"):
        ids = given.get(name) or []
        if len(ids) > 100:
            errors.add(f"allowed_mentions.{name}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        if ids and name in (given.get("parse") or []):
            text = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            errors.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
