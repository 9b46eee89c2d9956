"""A merchant's logo: uploaded by the merchant, shown to everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kasgate.branding.logo import MAX_UPLOAD_BYTES
from web.api.merchants import ProfileAnswer, profile_fields
from web.contract.answers import Answer, json_answer
from web.contract.operations import Auth, Upload, described
from web.contract.problems import NOT_FOUND, Problem
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from web.http.limits import RateLimiter

PNG: Final = "image/png"
_FOREVER: Final = "public, max-age=31536000, immutable"
_NAME: Final = re.compile(r"([0-9a-f]{64})\.png")


class LogoCalls:
    def __init__(self, gateway: Gateway, limits: RateLimiter) -> None:
        self._gateway = gateway
        self._limits = limits

    @described(
        {200: ProfileAnswer},
        auth=Auth.KEY,
        upload=Upload((PNG, "image/jpeg", "image/webp"), MAX_UPLOAD_BYTES),
        problems=(429, 503),
    )
    async def upload(self, request: Request) -> Answer:
        """Set the logo that the checkout shows.

        The body is a PNG, JPEG or WebP image of at most 512 KiB and 4096 x 4096 pixels, without
        animation. The gateway draws it again as a PNG of at most 256 x 256 pixels and 64 KiB and
        keeps nothing else of the file. logoUrl of the answer is its address.
        """
        caller = request.caller
        self._limits.count("uploads", caller, caller.merchant.id)
        changed = await self._gateway.logos.upload(caller.merchant, request.body, caller.principal)
        return self._profile(changed)

    @described({200: ProfileAnswer}, auth=Auth.KEY)
    async def remove(self, request: Request) -> Answer:
        """Remove the logo. Without one, nothing changes."""
        caller = request.caller
        return self._profile(await self._gateway.logos.remove(caller.merchant, caller.principal))

    @described({200: PNG}, problems=(404,))
    async def show(self, request: Request) -> Answer:
        """The logo of a merchant.

        An address always has the same image, so it may be cached for good. It ends when no merchant
        uses the image any more.
        """
        name = _NAME.fullmatch(request.places["name"])
        png = None if name is None else await self._gateway.store.logo(name[1])
        if png is None:
            raise Problem(NOT_FOUND, "There is no such logo.")
        return Answer(200, png, PNG, (("Cache-Control", _FOREVER),))

    def _profile(self, merchant: Merchant) -> Answer:
        return json_answer(
            profile_fields(
                self._gateway.merchants.with_next_index(merchant), self._gateway.settings
            )
        )


def logo_routes(gateway: Gateway, limits: RateLimiter) -> Routes:
    """The routes of logos."""
    calls = LogoCalls(gateway, limits)
    return Routes(
        "logos",
        "",
        (
            ("PUT", "/api/v1/merchants/me/logo", calls.upload),
            ("DELETE", "/api/v1/merchants/me/logo", calls.remove),
            ("GET", "/logos/<name>", calls.show),
        ),
    )
