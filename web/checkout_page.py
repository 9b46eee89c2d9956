"""The hosted checkout as HTML: what the widget shows, written by the server.

It is drawn from the same public fields that the widget gets, in the same shapes and with the same
style sheet, so that nothing moves when the widget takes its place; and it is enough without any
script. Everything in it is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen
from markupsafe import Markup

from kasgate.kaspa.uri import payment_uri
from kasgate.money import format_kas
from web.locales import LANGUAGES, NAMES, Language
from web.qr import qr_data_uri
from web.static_files import Asset

REFRESH_S: Final = 10
"""How often the page loads itself anew where no script runs."""
_CLOSED: Final = ("expired", "late", "cancelled", "failed")
_HEADINGS: Final = {"over": "paid", "error": "notFound"}
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
<link rel="icon" href="data:,">
<title>{title}</title>
{assets}{refresh}</head>
<body class="checkout">
<main>
<h1 class="unseen">{title}</h1>
{main}
</main>
<footer><details><summary lang="{lang}">{language}</summary><ul>
{languages}</ul></details></footer>
</body>
</html>
"""
)
_REFRESH: Final = Markup(
    '<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>\n'
).format(seconds=REFRESH_S)
_STYLE: Final = Markup('<link rel="stylesheet" href="{url}" integrity="{integrity}">\n')
_SCRIPT: Final = Markup('<script src="{url}" integrity="{integrity}" defer></script>\n')
_LANGUAGE: Final = Markup('<li><a href="?lang={code}" lang="{code}"{current}>{name}</a></li>\n')
_WIDGET: Final = Markup(
    """<kasgate-widget session-id="{id}" token="{token}" lang="{lang}" redirect="auto"{notify}>
{card}
<script type="application/json">{data}</script>
</kasgate-widget>"""
)
_CARD: Final = Markup(
    """<div class="kasgate"><section class="card" data-scene="{scene}" dir="{direction}">
{ribbon}<div class="head"><p class="store">{store}</p>{timer}</div>
<div class="stage"><span class="sign"></span><div class="words"><h2 class="heading">{heading}</h2>
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
    """<div class="pay">
<div class="wallets"><a class="button main" href="{uri}">{open}</a></div>
<p class="qr"><img class="modules" src="{qr}" alt="{alt}"></p>
<div class="where"><h3 class="label">{address_label}</h3>
<p class="address" dir="ltr">{address}</p></div>
</div>
"""
)
_GROUP: Final = Markup("<span>{text}</span>")
_RETURN: Final = Markup('<div class="after"><a class="button main" href="{url}">{text}</a></div>\n')


@frozen
class Assets:
    """What the page loads; None for what was not built, and then the page does without."""

    style: Asset | None
    script: Asset | None


@frozen
class Frame:
    """What the page is told beside the session."""

    language: Language
    assets: Assets
    token: str = ""
    """A read token for the WebSocket, which saves the widget a call."""
    return_url: str | None = None
    embed_origins: tuple[str, ...] = ()


def checkout_page(fields: Mapping[str, Any], data: bytes, frame: Frame) -> str:
    """The page for a session, given as its public fields, and the same as JSON for the widget."""
    scene = scene_of(fields)
    is_final = scene in {"paid", "over", "failed"}
    store = fields.get("merchantName", "")
    language = frame.language
    notify = " ".join(frame.embed_origins)
    main = _WIDGET.format(
        id=fields["id"],
        token=frame.token,
        lang=language.code,
        notify=Markup(' notify-origins="{}"').format(notify) if notify else "",
        card=_session_card(fields, scene, frame),
        data=Markup(data.decode().replace("<", "\\u003c")),  # noqa: S704 - JSON, no "<" left
    )
    title = f"{format_kas(int(fields['amountSompi']))} KAS"
    return _page(frame, f"{title} · {store}" if store else title, main, refreshes=not is_final)


def missing_page(frame: Frame) -> str:
    """The page for a payment that there is not."""
    card = _card("error", frame.language)
    return _page(frame, frame.language.text("notFound"), card, refreshes=False)


def scene_of(fields: Mapping[str, Any]) -> str:
    """What is shown: the same that widget/src/scene.ts says, without its clock."""
    status = fields["status"]
    if status in {"created", "pending"}:
        if any(payment["state"] == "seen" for payment in fields["payments"]):
            return "seen"
        return "partial" if fields["paidState"] == "partial" else "waiting"
    if status == "confirmed":
        return "over" if fields["paidState"] == "over" else "paid"
    if status == "expired":
        if fields["late"]:
            return "late"
        return "cancelled" if fields.get("cancelled") else "expired"
    return str(status)


def _page(frame: Frame, title: str, main: Markup, *, refreshes: bool) -> str:
    language, assets = frame.language, frame.assets
    loaded = _NOTHING
    if assets.style is not None:
        loaded += _STYLE.format(url=assets.style.url, integrity=assets.style.integrity)
    if assets.script is not None:
        loaded += _SCRIPT.format(url=assets.script.url, integrity=assets.script.integrity)
    current = Markup(' aria-current="true"')
    return _PAGE.format(
        lang=language.code,
        direction=language.direction,
        title=title,
        assets=loaded,
        refresh=_REFRESH if refreshes else "",
        main=main,
        language=NAMES[language.code],
        languages=_NOTHING.join(
            _LANGUAGE.format(
                code=code, name=NAMES[code], current=current if code == language.code else ""
            )
            for code in LANGUAGES
        ),
    )


def _session_card(fields: Mapping[str, Any], scene: str, frame: Frame) -> Markup:
    language = frame.language
    parts = []
    if fields.get("delayed"):
        parts.append(_BANNER.format(text=language.text("delayed")))
    if scene in {"waiting", "partial"}:
        label = language.text("stillDue" if scene == "partial" else "sendExactly")
        parts.append(_AMOUNT.format(label=label, kas=format_kas(int(fields["remainingSompi"]))))
        parts.append(_payment(fields, language))
    elif scene not in _CLOSED:
        shown = "amountSompi" if scene == "seen" else "receivedSompi"
        parts.append(_AMOUNT.format(label="", kas=format_kas(int(fields[shown]))))
    if frame.return_url is not None and scene in {*_CLOSED, "paid", "over"}:
        store = fields.get("merchantName")
        text = language.text("returnTo", store=store) if store else language.text("returnShop")
        parts.append(_RETURN.format(url=frame.return_url, text=text))
    card = _card(
        scene,
        language,
        store=fields.get("merchantName", ""),
        is_test=not fields["address"].startswith("kaspa:"),
        sentence=_sentence(fields, scene, language),
        timer=_timer(fields, language) if scene in {"waiting", "partial"} else _NOTHING,
        rest=_NOTHING.join(parts),
    )
    return Markup(card)  # noqa: S704 - made of escaped parts


def _card(
    scene: str,
    language: Language,
    *,
    store: str = "",
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
        timer=timer,
        ribbon=_RIBBON.format(text=language.text("testnet")) if is_test else "",
        heading=language.text(_HEADINGS.get(scene, scene)),
        sentence=sentence,
        rest=rest,
    )


def _sentence(fields: Mapping[str, Any], scene: str, language: Language) -> str:
    received = format_kas(int(fields["receivedSompi"]))
    due = format_kas(int(fields["remainingSompi"]))
    match scene:
        case "partial":
            return language.text("partialText", received=received, due=due)
        case "late":
            return language.text("lateText", received=received)
        case "over":
            surplus = int(fields["receivedSompi"]) - int(fields["amountSompi"])
            more = language.text("surplus", amount=format_kas(surplus))
            return f"{language.text('paidText')} {more}"
        case "confirming":
            count = f"{fields['confirmations']}/{fields['requiredConfirmations']}"
            return f"{language.text('confirmingText')} {count}"
        case "expired" | "cancelled" | "failed" if fields["receivedSompi"] != "0":
            part = language.text("expiredPartial", received=received)
            return f"{language.text('expiredText')} {part}"
        case _:
            return language.text(_SENTENCES[scene])


def _payment(fields: Mapping[str, Any], language: Language) -> Markup:
    uri = payment_uri(fields["address"], int(fields["remainingSompi"]))
    prefix, _, payload = fields["address"].partition(":")
    groups = [f"{prefix}:", *(payload[at : at + 4] for at in range(0, len(payload), 4))]
    return _PAY.format(
        uri=uri,
        open=language.text("openWallet"),
        qr=qr_data_uri(uri),
        alt=language.text("qrAlt"),
        address_label=language.text("address"),
        # Groups are set apart by the style sheet: what is selected has no spaces in it.
        address=_NOTHING.join(_GROUP.format(text=group) for group in groups),
    )


def _timer(fields: Mapping[str, Any], language: Language) -> Markup:
    """The time that was left when the page was written; without a script that is often anew."""
    left = datetime.fromisoformat(fields["expiresAt"]) - datetime.fromisoformat(
        fields["serverTime"]
    )
    seconds = max(0, int(left.total_seconds()))
    return _TIMER.format(
        label=language.text("timeLeft"),
        at=fields["expiresAt"],
        left=f"{seconds // 60}:{seconds % 60:02}",
    )
