"""The settings of the commands that use the gateway of this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from kasgate.logs.setup import is_terminal
from kasgate.settings.loading import load_settings
from kasgate.settings.model import CONFIG_VARIABLE, Settings
from kasgate.settings.place import usual_place


def own_settings(overrides: Mapping[str, object] = {}) -> Settings:
    """The settings of the environment, and of the file that KASGATE_CONFIG names or that is in the
    usual place. Raises SettingsError as ``load_settings`` does."""
    # To find the usual place takes a library, so it is not looked for in vain.
    usual = None if os.environ.get(CONFIG_VARIABLE, "").strip() else usual_place()
    return load_settings(
        os.environ, usual=usual, overrides=overrides, terminal=is_terminal(sys.stderr)
    )
