"""The hosted checkout as HTML, rendered by the server.

The page uses the same public fields, structure and style sheet as the widget, and works without
scripts. Every value is escaped.

While a payment is open, its card is in a frame that reloads every few seconds. The widget removes
the frame when it takes over. A removed frame stops reloading in every browser; a page refresh goes
on in some browsers after its meta element was removed. The page therefore stays current until the
widget runs, even if scripts are disabled, blocked, broken, missing or slow, or if the browser is
too old. The first card is part of the page (``srcdoc``) and needs no request.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from attrs import frozen
from markupsafe import Markup

from kasgate.money import SMALLEST_PAYABLE, format_kas
from web.pages.locales import DEFAULT, LANGUAGES, NAMES, Language
from web.pages.static_files import Asset

REFRESH_S: Final = 10
"""The interval at which the card reloads until the widget has taken over."""
_PAYABLE: Final = ("waiting", "partial")
_FINAL: Final = ("paid", "over", "failed")
_CLOSED: Final = ("expired", "late", "cancelled", "failed")
_HEADINGS: Final = {"over": "paid", "ending": "timeUp", "error": "notFound"}
_SENTENCES: Final = {
    "waiting": "scan",
    "seen": "seenText",
    "confirming": "confirmingText",
    "paid": "paidText",
    "expired": "expiredText",
    "cancelled": "expiredText",
    "failed": "expiredText",
    "error": "notFoundText",
}

_NOTHING: Final = Markup("")
_PAGE: Final = Markup(
    """<!doctype html>
<html lang="{lang}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{icon}">
<title>{title}</title>
{assets}</head>
<body class="checkout {look}">
<main>
{main}
</main>
<footer><details><summary lang="{lang}">{language}</summary><ul>
{languages}</ul></details></footer>
</body>
</html>
"""
)
_NAMED: Final = Markup('<h1 class="unseen">{title}</h1>\n{main}')
_FRAMED: Final = Markup(
    """<!doctype html>
<html lang="{lang}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
{style}{refresh}</head>
<body class="framed">
<main>
{card}
</main>
</body>
</html>
"""
)
_FRAME: Final = Markup('<iframe{look} title="{title}" src="{url}" srcdoc="{page}"></iframe>')
_SHORT: Final = Markup(' class="short"')
_REFRESH: Final = Markup('<meta http-equiv="refresh" content="{seconds}; url={url}">\n')
_STYLE: Final = Markup('<link rel="stylesheet" href="{url}" integrity="{integrity}">\n')
_SCRIPT: Final = Markup('<script src="{url}" integrity="{integrity}" defer></script>\n')
_LANGUAGE: Final = Markup('<li><a href="?lang={code}" lang="{code}"{current}>{name}</a></li>\n')
_WIDGET: Final = Markup(
    """<kasgate-widget session-id="{id}" token="{token}" lang="{lang}" redirect="auto"{more}>
{card}
<script type="application/json">{data}</script>
{texts}</kasgate-widget>"""
)
_CARD: Final = Markup(
    """<div class="kasgate"><section class="card" data-scene="{scene}" dir="{direction}">
{ribbon}<div class="head"><div class="shop">{logo}<p class="store">{store}</p></div>{timer}</div>
{purpose}<div class="stage"><span class="sign"></span><div class="words">
<h2 class="heading">{heading}</h2>
<p class="sentence">{sentence}</p></div></div>
{rest}</section></div>"""
)
_RIBBON: Final = Markup('<p class="ribbon">{text}</p>')
_TIMER: Final = Markup(
    '<p class="timer"><span class="unseen">{label}</span> <time datetime="{at}">{left}</time></p>'
)
_BANNER: Final = Markup('<p class="banner">{text}</p>\n')
_AMOUNT: Final = Markup(
    '<div class="amount"><p class="label">{label}</p>\n<p class="sum">'
    '<bdi class="figure">{kas}</bdi> <span class="unit">KAS</span></p></div>\n'
)
_PAY: Final = Markup(
    """<div class="side">
<div class="wallets"><a class="button main" href="{uri}" target="_top">{open}</a></div>
<p class="qr"><img class="modules" src="{qr}" alt="{alt}"></p>
</div>
<div class="pay">
<div class="where"><h3 class="label">{address_label}</h3>
<p class="address" dir="ltr">{address}</p></div>
</div>
"""
)
_GROUP: Final = Markup("<span>{text}</span>")
_AFTER: Final = Markup('<div class="after">{buttons}</div>\n')
_BUTTON: Final = Markup('<a class="button {look}" href="{url}" target="_top">{text}</a>')
_LOGO: Final = Markup('<img class="logo" src="{url}" alt="">')
_PURPOSE: Final = Markup('<p class="purpose">{text}</p>\n')
_ORDER: Final = Markup(' order="{order}"')
_NOTIFY: Final = Markup(' notify-origins="{origins}"')
_TEXTS: Final = Markup('<script type="application/json" class="texts">{texts}</script>\n')
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    "%3Ccircle cx='12' cy='12' r='11' fill='%230a7468'/%3E%3Cpath d='M9.5 7.5v9m5.5-9l-5.5 4.5"
    " 5.5 4.5' fill='none' stroke='%23fff' stroke-width='2.4' stroke-linecap='round'"
    " stroke-linejoin='round'/%3E%3C/svg%3E"
)
"""A coin, as in the card. A data URI needs no request."""


@frozen
class Assets:
    """The build's files that the page loads; None for a file that was not built."""

    style: Asset | None
    script: Asset | None


@frozen
class Frame:
    """The page's values besides the session."""

    language: Language
    assets: Assets
    token: str = ""
    """A read token for the WebSocket, which saves the widget a call."""
    card_url: str = ""
    """The address of the card without the page around it."""
    return_url: str | None = None
    receipt_url: str = ""
    order: str | None = None
    """The shop's order number, which the public fields do not have."""
    base: str = ""
    """The path under which clients see the gateway."""
    embed_origins: tuple[str, ...] = ()


def checkout_page(fields: Mapping[str, Any], data: bytes, frame: Frame) -> str:
    """The page for a session. ``fields`` are its public fields, ``data`` the same as JSON."""
    language = frame.language
    notify = " ".join(frame.embed_origins)
    scene = scene_of(fields)
    if scene in _FINAL:
        card = _session_card(fields, frame)
    else:
        # A plain string, so that it is escaped as the value of an attribute.
        page = str(card_page(fields, frame))
        look = _NOTHING if scene in _PAYABLE else _SHORT
        title = language.text("name")
        card = _FRAME.format(look=look, title=title, url=frame.card_url, page=page)
    main = _WIDGET.format(
        id=fields["id"],
        token=frame.token,
        lang=language.code,
        texts=_texts(language),
        more=(_NOTHING if frame.order is None else _ORDER.format(order=frame.order))
        + (_NOTIFY.format(origins=notify) if notify else _NOTHING),
        card=card,
        data=_json(data.decode()),
    )
    return _page(frame, _title(fields, language), main)


def _json(text: str) -> Markup:
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON, no "<" left


def _texts(language: Language) -> Markup:
    """The texts for the widget, which has English itself."""
    if language.code == DEFAULT:
        return _NOTHING
    return _TEXTS.format(texts=_json(language.json))


def card_page(fields: Mapping[str, Any], frame: Frame) -> str:
    """The card for the frame. It reloads itself until its state is final."""
    refresh = _NOTHING
    if scene_of(fields) not in _FINAL:
        refresh = _REFRESH.format(seconds=REFRESH_S, url=frame.card_url)
    title = _title(fields, frame.language)
    return _framed(frame, title, _session_card(fields, frame), refresh)


def missing_page(frame: Frame) -> str:
    """The page for an unknown payment."""
    return _page(frame, frame.language.text("notFound"), _missing_card(frame))


def missing_card_page(frame: Frame) -> str:
    """The card for an unknown payment, for the frame."""
    return _framed(frame, frame.language.text("notFound"), _missing_card(frame), _NOTHING)


def _missing_card(frame: Frame) -> Markup:
    return _card("error", frame.language)


def scene_of(fields: Mapping[str, Any]) -> str:
    """The scene to show, by the same rules as in widget/src/scene.ts."""
    status = fields["status"]
    if status in {"created", "pending"}:
        if any(payment["state"] == "seen" for payment in fields["payments"]):
            return "seen"
        # Without a working node the gateway expires nothing, so the page shows no end.
        if _time_left(fields) <= timedelta() and not fields.get("delayed"):
            return "ending"
        return "partial" if fields["paidState"] == "partial" else "waiting"
    if status == "confirmed":
        return "over" if fields["paidState"] == "over" else "paid"
    if status == "expired":
        if fields["late"]:
            return "late"
        return "cancelled" if fields.get("cancelled") else "expired"
    return str(status)


def _title(fields: Mapping[str, Any], language: Language) -> str:
    """Begins with the state: a shopper finds the tab by it."""
    scene = scene_of(fields)
    heading = language.text(_HEADINGS.get(scene, scene))
    amount, store = format_kas(int(fields["amountSompi"])), fields.get("merchantName", "")
    return " · ".join(part for part in (heading, f"{amount} KAS", store) if part)


def _framed(frame: Frame, title: str, card: Markup, refresh: Markup) -> str:
    language = frame.language
    return _FRAMED.format(
        lang=language.code,
        direction=language.direction,
        title=title,
        style=_loaded(_STYLE, frame.assets.style),
        refresh=refresh,
        card=card,
    )


def _loaded(tag: Markup, asset: Asset | None) -> Markup:
    return _NOTHING if asset is None else tag.format(url=asset.url, integrity=asset.integrity)


def _page(frame: Frame, title: str, main: Markup) -> str:
    return document(frame, title, _NAMED.format(title=title, main=main))


def document(frame: Frame, title: str, main: Markup, look: str = "") -> str:
    """A page with the checkout's styles, its script and its choice of languages."""
    language, assets = frame.language, frame.assets
    current = Markup(' aria-current="true"')
    return _PAGE.format(
        lang=language.code,
        direction=language.direction,
        title=title,
        look=look,
        icon=_ICON,
        assets=_loaded(_STYLE, assets.style) + _loaded(_SCRIPT, assets.script),
        main=main,
        language=NAMES[language.code],
        languages=_NOTHING.join(
            _LANGUAGE.format(
                code=code, name=NAMES[code], current=current if code == language.code else ""
            )
            for code in LANGUAGES
        ),
    )


def _session_card(fields: Mapping[str, Any], frame: Frame) -> Markup:
    scene, language = scene_of(fields), frame.language
    parts = []
    if fields.get("delayed"):
        parts.append(_BANNER.format(text=language.text("delayed")))
    if scene in _PAYABLE:
        label = language.text("stillDue" if scene == "partial" else "sendExactly")
        parts.append(_AMOUNT.format(label=label, kas=format_kas(int(fields["dueSompi"]))))
        parts.append(_payment(fields, language))
    elif scene not in {*_CLOSED, "ending"}:
        shown = "dueSompi" if scene == "seen" else "receivedSompi"
        parts.append(_AMOUNT.format(label="", kas=format_kas(int(fields[shown]))))
    parts.append(_after(fields, frame, scene))
    card = _card(
        scene,
        language,
        store=fields.get("merchantName", ""),
        logo=_logo(fields, frame),
        purpose=_purpose(fields, frame),
        is_test=not fields["address"].startswith("kaspa:"),
        sentence=_sentence(fields, scene, language),
        timer=_timer(fields, language) if scene in _PAYABLE else _NOTHING,
        rest=_NOTHING.join(parts),
    )
    return Markup(card)  # noqa: S704 - made of escaped parts


def _logo(fields: Mapping[str, Any], frame: Frame) -> Markup:
    url: str | None = fields.get("brand", {}).get("logoUrl")
    return _NOTHING if url is None else _LOGO.format(url=frame.base + url)


def purpose_of(fields: Mapping[str, Any], frame: Frame) -> str:
    """What the shopper pays for: the order number and the shop's words. Empty without both."""
    order = frame.language.text("order", id=frame.order) if frame.order is not None else ""
    return " · ".join(part for part in (order, fields.get("description", "")) if part)


def _purpose(fields: Mapping[str, Any], frame: Frame) -> Markup:
    text = purpose_of(fields, frame)
    return _PURPOSE.format(text=text) if text else _NOTHING


def contact_url(fields: Mapping[str, Any], order: str | None) -> str | None:
    """The shop's contact, with the order and the payment filled in, as in widget/src/format.ts."""
    brand, session_id = fields.get("brand", {}), fields["id"]
    if (page := brand.get("supportUrl")) is not None:
        more = {"sessionId": session_id} | ({} if order is None else {"orderId": order})
        parts = urlsplit(page)
        query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in more]
        return str(urlunsplit(parts._replace(query=urlencode([*query, *more.items()]))))
    if (email := brand.get("supportEmail")) is not None:
        subject = session_id if order is None else f"{order} ({session_id})"
        return f"mailto:{quote(email, safe='@')}?subject={quote(subject, safe='')}"
    return None


def _after(fields: Mapping[str, Any], frame: Frame, scene: str) -> Markup:
    """What the shopper can do when nothing is left to pay, or when something is missing."""
    language = frame.language
    links: list[tuple[str, str]] = []
    if frame.return_url is not None and scene in {*_CLOSED, "paid", "over"}:
        store = fields.get("merchantName")
        text = language.text("returnTo", store=store) if store else language.text("returnShop")
        links.append((frame.return_url, text))
    if scene in {"paid", "over"}:
        links.append((frame.receipt_url, language.text("receipt")))
    contact = contact_url(fields, frame.order)
    if contact is not None and scene in {*_CLOSED, "over", "partial"}:
        links.append((contact, language.text("contact")))
    if not links:
        return _NOTHING
    is_main = {0} if frame.return_url is not None else set()
    buttons = _NOTHING.join(
        _BUTTON.format(look="main" if place in is_main else "", url=url, text=text)
        for place, (url, text) in enumerate(links)
    )
    return _AFTER.format(buttons=buttons)


def _card(
    scene: str,
    language: Language,
    *,
    store: str = "",
    logo: Markup = _NOTHING,
    purpose: Markup = _NOTHING,
    is_test: bool = False,
    sentence: str | None = None,
    timer: Markup = _NOTHING,
    rest: Markup = _NOTHING,
) -> Markup:
    if sentence is None:
        sentence = language.text(_SENTENCES[scene])
    return _CARD.format(
        scene=scene,
        direction=language.direction,
        store=store,
        logo=logo,
        purpose=purpose,
        timer=timer,
        ribbon=_RIBBON.format(text=language.text("testnet")) if is_test else "",
        heading=language.text(_HEADINGS.get(scene, scene)),
        sentence=sentence,
        rest=rest,
    )


def _sentence(fields: Mapping[str, Any], scene: str, language: Language) -> str:
    received = format_kas(int(fields["receivedSompi"]))
    due = format_kas(int(fields["dueSompi"]))
    match scene:
        case "partial":
            return language.text("partialText", received=received, due=due) + _rounded(
                fields, language
            )
        case "ending":
            return ""
        case "late":
            return language.text("lateText", received=received)
        case "over":
            surplus = int(fields["receivedSompi"]) - int(fields["amountSompi"])
            key = "smallSurplus" if surplus < SMALLEST_PAYABLE else "surplus"
            more = language.text(key, amount=format_kas(surplus))
            return f"{language.text('paidText')} {more}"
        case "confirming":
            count = f"{fields['confirmations']}/{fields['requiredConfirmations']}"
            return f"{language.text('confirmingText')} {count}"
        case "expired" | "cancelled" | "failed" if fields["receivedSompi"] != "0":
            part = language.text("expiredPartial", received=received)
            return f"{language.text('expiredText')} {part}"
        case _:
            return language.text(_SENTENCES[scene])


def _rounded(fields: Mapping[str, Any], language: Language) -> str:
    """The sentence about a due amount above the remaining one; empty if they are equal."""
    surplus = int(fields["dueSurplusSompi"])
    return f" {language.text('smallSurplus', amount=format_kas(surplus))}" if surplus else ""


def _payment(fields: Mapping[str, Any], language: Language) -> Markup:
    prefix, _, payload = fields["address"].partition(":")
    groups = [f"{prefix}:", *(payload[at : at + 4] for at in range(0, len(payload), 4))]
    return _PAY.format(
        uri=fields["paymentUri"],
        open=language.text("openWallet"),
        qr=fields["qrCode"],
        alt=language.text("qrAlt"),
        address_label=language.text("address"),
        # The style sheet separates the groups, so that a copied selection has no spaces.
        address=_NOTHING.join(_GROUP.format(text=group) for group in groups),
    )


def _timer(fields: Mapping[str, Any], language: Language) -> Markup:
    """The time left when the page was written; without scripts each reload updates it."""
    seconds = max(0, int(_time_left(fields).total_seconds()))
    return _TIMER.format(
        label=language.text("timeLeft"),
        at=fields["expiresAt"],
        left=f"{seconds // 60}:{seconds % 60:02}",
    )


def _time_left(fields: Mapping[str, Any]) -> timedelta:
    """The time to the deadline when the fields were read; negative after it."""
    now = datetime.fromisoformat(fields["serverTime"])
    return datetime.fromisoformat(fields["expiresAt"]) - now
