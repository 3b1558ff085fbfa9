"""The slash commands, one file each. They only route; COMMANDS is the tuple of what is there, one line each."""

from bot.commands import (
    blend,
    compare,
    control,
    defaults,
    help_,
    history,
    imagine,
    menus,
    moderate,
    preset,
    privacy,
    queue,
    quota,
    selection,
    settings,
    writing,
)

COMMANDS = (
    imagine.add_to,
    compare.add_to,
    control.add_to,
    blend.add_to,
    selection.add_to,
    preset.add_to,
    defaults.add_to,
    history.add_to,
    writing.add_to,
    help_.add_to,
    quota.add_to,
    privacy.add_to,
    queue.add_to,
    settings.add_to,
    moderate.add_to,
    menus.add_to,
)
