"""The receipt of a payment as HTML: one page without scripts, for a screen, a sheet or a roll.

Its styles are those of the hosted checkout (widget/src/page-styles.ts). Every value is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from kasgate.money import format_kas
from web.pages.checkout_html import Frame, contact_url, document, purpose_of

_PAID: Final = "confirmed"
_RECEIPT: Final = Markup(
    """<article class="receipt" lang="{lang}" dir="{direction}">
<header>{logo}<p class="store">{store}</p></header>
<h1>{heading}</h1>
{words}<p class="sum"><bdi class="figure">{kas}</bdi> <span class="unit">KAS</span></p>
<dl>
{rows}</dl>
<p class="after"><a class="button" href="{back_url}">{back}</a>{contact}</p>
</article>"""
)
_LOGO: Final = Markup('<img class="logo" src="{url}" alt="">')
_WORDS: Final = Markup('<p class="purpose">{text}</p>\n')
_ROW: Final = Markup("<dt>{name}</dt><dd>{value}</dd>\n")
_LINK: Final = Markup('<a class="mono" href="{url}" rel="noopener noreferrer">{text}</a>')
_MONO: Final = Markup('<span class="mono">{text}</span>')
_LINES: Final = Markup("<br>")
_AS_WRITTEN: Final = Markup('<bdi dir="ltr">{text}</bdi>')
"""Figures, dates and addresses read from left to right in every language."""
_CONTACT: Final = Markup(' <a class="button" href="{url}">{text}</a>')
_ADDRESS_PAGE: Final = re.compile(r"(https://[^/]+)/addresses/[^/]+")
_COUNTED: Final = ("accepted", "confirmed")


def receipt_page(fields: Mapping[str, Any], frame: Frame, checkout_url: str) -> str:
    """The receipt of a session by its public fields. One that is not confirmed has no receipt: the
    page says that instead."""
    language = frame.language
    is_paid = fields["status"] == _PAID
    heading = language.text("receipt") if is_paid else language.text("noReceipt")
    store = fields.get("merchantName", "")
    logo = fields.get("brand", {}).get("logoUrl")
    contact = contact_url(fields, frame.order)
    shown = "receivedSompi" if is_paid else "amountSompi"
    page = _RECEIPT.format(
        lang=language.code,
        direction=language.direction,
        logo="" if logo is None else _LOGO.format(url=frame.base + logo),
        store=store,
        heading=heading,
        words=_WORDS.format(text=language.text("paid")) if is_paid else "",
        kas=format_kas(int(fields[shown])),
        rows=Markup().join(_rows(fields, frame, is_paid=is_paid)),
        back_url=checkout_url,
        back=language.text("backToPayment"),
        contact=""
        if contact is None
        else _CONTACT.format(url=contact, text=language.text("contact")),
    )
    parts = (heading, purpose_of(fields, frame), store)
    title = " · ".join(part for part in parts if part)
    return document(frame, title, page, "receipt-page")


def _rows(fields: Mapping[str, Any], frame: Frame, *, is_paid: bool) -> Iterator[Markup]:
    language = frame.language

    def row(key: str, value: object) -> Markup:
        return _ROW.format(name=language.text(key), value=value)

    def written(key: str, text: str) -> Markup:
        return row(key, _AS_WRITTEN.format(text=text))

    if store := fields.get("merchantName"):
        yield row("seller", store)
    brand = fields.get("brand", {})
    # On paper the buttons are gone, so the contact is a line too.
    if (support := brand.get("supportUrl") or brand.get("supportEmail")) is not None:
        yield written("contact", support)
    if frame.order is not None:
        yield row("orderId", frame.order)
    if "description" in fields:
        yield row("description", fields["description"])
    if is_paid:
        yield written("date", _moment(fields.get("paidAt", fields["createdAt"])))
    yield written("total", f"{format_kas(int(fields['amountSompi']))} KAS")
    if is_paid:
        yield written("received", f"{format_kas(int(fields['receivedSompi']))} KAS")
    if (fiat := fields.get("fiat")) is not None:
        yield written("price", f"{fiat['value']} {fiat['currency']}")
        rate = f"1 KAS = {fiat['rate']} {fiat['currency']} ({_moment(fiat['at'])})"
        yield written("rate", rate)
    if is_paid:
        yield row("payments", _LINES.join(_transactions(fields)))
    yield row("paymentId", _MONO.format(text=fields["id"]))
    yield row("network", fields["network"])


def _transactions(fields: Mapping[str, Any]) -> Iterator[Markup]:
    """Each transaction once, linked to its page where there is a public explorer."""
    explorer = _ADDRESS_PAGE.fullmatch(fields.get("explorerUrl", ""))
    counted = (p["txId"] for p in fields["payments"] if p["state"] in _COUNTED)
    for transaction_id in dict.fromkeys(counted):
        if explorer is None:
            yield _MONO.format(text=transaction_id)
        else:
            url = f"{explorer[1]}/txs/{transaction_id}"
            yield _LINK.format(url=url, text=transaction_id)


def _moment(time: str) -> str:
    """A time for people everywhere, in UTC: the server does not know the shopper's time zone."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"
