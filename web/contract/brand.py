"""The field ``brand``: a merchant's branding, as the checkout draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from kasgate.branding.color import COLOR_PATTERN, text_color
from web.contract.answers import without_absent
from web.contract.types import Shape, Url

if TYPE_CHECKING:
    from kasgate.merchant import Merchant

LOGOS: Final = "/logos/"
"""The beginning of the paths of logos."""
_MOST_KEPT: Final = 1_000
"""Merchants whose branding is kept in JSON, some 500 bytes each."""

Color = Annotated[str, Meta(pattern=COLOR_PATTERN)]
LogoUrl = Annotated[
    str, Meta(description="The path of the logo, below the address of the gateway.")
]


class BrandAnswer(Shape, kw_only=True):
    """A merchant's branding on the checkout."""

    color: Color | UnsetType = UNSET
    text_color: Annotated[
        Literal["#000000", "#ffffff"] | UnsetType,
        Meta(description="The readable colour of text on color."),
    ] = UNSET
    logo_url: LogoUrl | UnsetType = UNSET
    support_url: Url | UnsetType = UNSET
    support_email: str | UnsetType = UNSET


class Brands:
    """The branding of merchants in JSON, made once for each change of a merchant: every read of a
    session has it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Merchant, msgspec.Raw | None]] = {}

    def of(self, merchant: Merchant) -> msgspec.Raw | None:
        """A merchant's branding; None without any."""
        kept = self._kept.get(merchant.id)
        # The registry makes a new object for each change.
        if kept is not None and kept[0] is merchant:
            return kept[1]
        fields = brand_fields(merchant)
        brand = msgspec.Raw(msgspec.json.encode(fields)) if fields else None
        if len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[merchant.id] = merchant, brand
        return brand


def brand_fields(merchant: Merchant) -> dict[str, Any]:
    """The fields of a merchant's branding; empty without any."""
    color = merchant.brand_color
    return without_absent(
        {
            "color": color,
            "textColor": None if color is None else text_color(color),
            "logoUrl": logo_url(merchant),
            "supportUrl": merchant.support_url,
            "supportEmail": merchant.support_email,
        }
    )


def logo_url(merchant: Merchant) -> str | None:
    """The path of the merchant's logo, below the address of the gateway."""
    return None if merchant.logo is None else f"{LOGOS}{merchant.logo}.png"
