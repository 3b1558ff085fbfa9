"""The panel of the house rules: menus where Discord has room for the choices, a form where it has not."""

from bot.services.house import MOST_LISTED
from bot.services.house_rules import HouseSetting
from bot.ui.house_panel import chooser, panel
from bot.ui.language import languages, speaking


async def test_what_does_not_fit_a_menu_is_typed() -> None:
    many = [f"model-{nth}" for nth in range(MOST_LISTED + 1)]
    assert chooser(HouseSetting.CHECKPOINTS, None, many, []) is None
    assert chooser(HouseSetting.CHECKPOINTS, None, many[:-1], many[:2]) is not None
    assert chooser(HouseSetting.MOST_STEPS, None, [], []) is None
    assert chooser(HouseSetting.LORAS, None, [], []) is None, "there are none"
    assert chooser(HouseSetting.CHANNELS, None, [], ["1", "2"]) is not None


async def test_it_fits_discord_in_every_language() -> None:
    for code in languages():
        with speaking(code):
            for channel_id in (None, 2**63):
                for view in (panel(channel_id), chooser(HouseSetting.NEGATIVE_PROMPT, channel_id, ["x"], ["x"])):
                    assert view is not None
                    for row in view.to_components():
                        for part in row["components"]:
                            assert len(part["custom_id"]) <= 100
                            assert len(part.get("options", [])) <= MOST_LISTED
