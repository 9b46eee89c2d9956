"""``kasgate serve`` with only the packages of an operator's installation.

structlog loads rich (4 MB) if it is installed. Tools of the tests need rich, so it is in the
development lock, but not in the lock of a gateway.
"""

from __future__ import annotations

import sys
from typing import Final

from kasgate.cli import main

ONLY_DEVELOPERS_HAVE: Final = ("rich",)

if __name__ == "__main__":
    loaded = [name for name in ONLY_DEVELOPERS_HAVE if name in sys.modules]
    if loaded:
        sys.exit(f"too late: {loaded} is loaded already")
    # Their import fails from now on.
    for name in ONLY_DEVELOPERS_HAVE:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.exit(main())
