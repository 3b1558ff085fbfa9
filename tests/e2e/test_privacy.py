"""/privacy on the real client: what is kept, all of it as a file, and gone for good."""

import io
import json
import zipfile
from typing import Any

from tests.e2e.conftest import Stage


async def privacy(stage: Stage, what: str, member: str = "ada") -> Any:
    record = await stage.discord.slash(f"privacy {what}", {}, member=member)
    await stage.discord.answered(record)
    await stage.discord.wait_until(lambda: record.message is not None and not record.message.loading)
    return record.message


async def test_a_member_sees_exports_and_deletes_what_is_kept(stage: Stage) -> None:
    async with stage.bot():
        first = await stage.imagine("a red circle")
        await stage.final(first)
        other = await stage.imagine("a blue square", member="grace")
        await stage.final(other)
        kept = await privacy(stage, "show")
        assert kept.ephemeral
        assert "**1** generations" in kept.content

        message = await privacy(stage, "export")
        archive = zipfile.ZipFile(io.BytesIO(message.attachments[0].data))
        data = json.loads(archive.read("data.json"))
        assert [row["prompt"] for row in data["generations"]] == ["a red circle"]
        assert "interaction_token" not in data["generations"][0]
        assert len([name for name in archive.namelist() if name.startswith("pictures/")]) == 1

        waiting = await stage.imagine("a green heart", steps=60)
        await stage.answer(waiting)
        question = await privacy(stage, "delete")
        await stage.discord.press(question, question.buttons[0]["custom_id"])
        await stage.discord.wait_until(lambda: "Deleted" in question.content)
        assert "Nothing is kept" in (await privacy(stage, "show")).content
        assert "**1** generations" in (await privacy(stage, "show", member="grace")).content
    row = await stage.row(first)
    assert row is not None
    assert row.parameters.prompt == ""
    assert row.image_sha256 is None
    cancelled = await stage.row(waiting)
    assert cancelled is None or cancelled.parameters.prompt == ""
    assert stage.stored(await stage.row(other)) is not None  # type: ignore[arg-type]
