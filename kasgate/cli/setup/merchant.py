"""Questions about the first merchant, with the comparison of addresses."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import trio
from attrs import evolve, frozen

from kasgate.cli.demo.key import DEMO_KEY
from kasgate.cli.outcome import USAGE, Failure
from kasgate.cli.setup.basics import Asking
from kasgate.cli.setup.dialogue import LONGEST_LINE, Dialogue, Question, Wrong
from kasgate.egress import Egress, UrlRefused
from kasgate.kaspa.address import AddressError, decode
from kasgate.kaspa.extended_key import (
    AccountKey,
    ExtendedKeyError,
    InvalidChildError,
    ReceiveChain,
    key_warnings,
    parse_account_key,
)
from kasgate.kaspa.networks import PUBLIC_NETWORKS, Network
from kasgate.logs.setup import is_terminal
from kasgate.merchant import (
    FieldProblem,
    Merchant,
    email_problems,
    name_problems,
    webhook_url_problems,
)
from kasgate.settings.values import is_own

SHOWN: Final = 5
"""Addresses that are shown, to compare with the wallet's."""
SEARCHED: Final = 1_000
"""A wallet that was used shows a later address; it is looked for among so many."""
_GROUP: Final = 4
_GROUPS_A_LINE: Final = 8
NO_URL: Final = "none"
_KEY_FORM: Final = re.compile("[a-z]{2}(?:ub|rv)[0-9a-z]{20}", re.IGNORECASE)
_SHORTEST_PHRASE: Final = 12

_NAME: Final = Question("Name", "--merchant-name", "Shoppers see this name on the payment page.")
_KEY: Final = Question(
    "Extended public key",
    "--xpub",
    "The gateway derives an address for each order from the extended public key of an account of"
    " your wallet (kpub…). It can't spend, but reveals all payments of the account. Take an account"
    " that nothing else uses. docs/setup.md says more.",
)
_NO_WALLET: Final = "Without a wallet at hand, Enter takes the key of `kasgate demo`."
_COMPARE: Final = Question(
    "Does the wallet show these addresses? (yes, no, or paste one)",
    "--address",
    "Compare these addresses with the receive addresses of the account in your wallet. If they"
    " differ, you would never see the money. You can also paste a receive address of the wallet:"
    " it is looked for.",
)
_EMAIL: Final = Question("E-mail", "--email", "Optional.")
_WEBHOOK: Final = Question(
    "Webhook URL",
    "--webhook-url",
    "Your shop's server learns of payments at this URL. Optional: the dashboard can set it later.",
)
_PRIVATE: Final = Question(
    "Networks to allow, or none",
    "--webhook-allow-private",
    "To send webhooks into a private network, allow it here, such as 192.168.1.5/32.",
)


@frozen(repr=False)
class NewMerchant:
    """The answers about a merchant that does not exist yet."""

    name: str
    key: AccountKey
    email: str | None
    webhook_url: str | None


def ask_merchant(asking: Asking, known: Sequence[Merchant]) -> NewMerchant | None:
    """The first merchant; None if there is one already, or none is wanted."""
    options, dialogue = asking.options, asking.dialogue
    network: Network = asking.draft.present("network")
    if known:
        _recognise(asking, known)
        return None
    if options.no_merchant:
        return None
    _require_options(asking, network)
    is_given = options.xpub is not None or options.merchant_name is not None
    if not is_given and not dialogue.yes("Make the first merchant now?", default=True):
        dialogue.say("Make one later with `kasgate merchant create`, or in the dashboard.")
        return None
    name = dialogue.answer(_NAME, options.merchant_name, "", _read_name)
    key = _ask_key(asking, network)
    email = None
    if options.email is not None:
        email = dialogue.answer(_EMAIL, options.email, "", _read_email)
    return NewMerchant(name, key, email, _ask_webhook(asking))


def _require_options(asking: Asking, network: Network) -> None:
    """Without a user, raise Failure that names the missing options."""
    if asking.dialogue.asks:
        return
    options = asking.options
    missing = [
        option
        for option, value in (
            ("--merchant-name", options.merchant_name),
            ("--xpub", options.xpub),
            # Where coins are worth nothing, the comparison may be left out.
            ("--address", options.address or network not in PUBLIC_NETWORKS),
        )
        if not value
    ]
    if missing:
        raise Failure(
            f"The first merchant needs {', '.join(missing)}: nothing can be asked. Or use"
            " --no-merchant.",
            exit_code=USAGE,
        )


def _recognise(asking: Asking, known: Sequence[Merchant]) -> None:
    """Say which merchants there are. Raises Failure if the options describe another one."""
    names = ", ".join(f"{merchant.name} ({merchant.id})" for merchant in known[:SHOWN])
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    asking.dialogue.say(f"The gateway has a merchant already: {names}{more}.")
    if asking.options.xpub is not None:
        key = _key_of_option(asking.options.xpub)
        if key.fingerprint not in {merchant.account_key.fingerprint for merchant in known}:
            raise Failure(
                "--xpub: this key belongs to none of them, and setup makes the first merchant"
                " only. Add a merchant with `kasgate merchant create`."
            )
    asking.dialogue.say(
        "Setup changes nothing of it: the dashboard does, and `kasgate merchant create` adds"
        " merchants."
    )


def _ask_key(asking: Asking, network: Network) -> AccountKey:
    dialogue, options = asking.dialogue, asking.options
    for_option = options.xpub is not None
    for _ in range(3):
        key = _key_of_option(options.xpub) if for_option else _key_typed(dialogue, network)
        if _is_known_to_everybody(key):
            _refuse_on_real_networks(network)
            dialogue.say("The key of `kasgate demo`, which everybody knows. Good for trials only.")
            return key
        account = key.child_number & 0x7FFFFFFF
        dialogue.say(f"The key of account {account}, written as {key.prefix}….")
        for warning in key_warnings(key, network):
            dialogue.say(f"Note: {warning}")
        if _is_the_wallets(asking, key, network):
            return key
        if for_option:
            break
        dialogue.say(
            "Then this is not the key of that account. Look for the account's extended public key"
            " in the wallet, and enter it again."
        )
    raise Failure("The key does not belong to the wallet's account.")


def _key_typed(dialogue: Dialogue, network: Network) -> AccountKey:
    """The key that the user types. Where coins are worth nothing, Enter takes that of the demo."""
    if network in PUBLIC_NETWORKS:
        return dialogue.hidden(_KEY, read_key)
    question = evolve(_KEY, why=f"{_KEY.why} {_NO_WALLET}")
    return dialogue.hidden(question, lambda text: read_key(text or DEMO_KEY))


def _is_known_to_everybody(key: AccountKey) -> bool:
    return key.fingerprint == parse_account_key(DEMO_KEY).fingerprint


def _refuse_on_real_networks(network: Network) -> None:
    if network in PUBLIC_NETWORKS:
        raise Failure(
            "This is the key of `kasgate demo`. Everybody knows its recovery phrase and could take"
            " the coins. Use the key of your own wallet."
        )


def _is_the_wallets(asking: Asking, key: AccountKey, network: Network) -> bool:
    """The comparison of addresses."""
    dialogue, given = asking.dialogue, asking.options.address
    chain = ReceiveChain(key, network)
    if given is None and not dialogue.asks:
        return True  # Only where coins are worth nothing; see _require_options.
    if given is None:
        dialogue.say("The first receive addresses of this key:")
        dialogue.lines(address_lines(chain))
        if network not in PUBLIC_NETWORKS:
            dialogue.say(
                f"A wallet on another network shows another prefix than {network.address_prefix}:,"
                " and eight other letters at the end."
            )
    return dialogue.answer(_COMPARE, given, "", lambda text: _compared(dialogue, chain, text))


def _compared(dialogue: Dialogue, chain: ReceiveChain, text: str) -> bool:
    word = text.lower()
    if word in {"y", "yes"}:
        return True
    if word in {"n", "no"}:
        return False
    index = index_of(chain, text)
    dialogue.say(f"That is receive address number {index} of this key.")
    return True


def index_of(chain: ReceiveChain, text: str) -> int:
    """The index of an address of the wallet. Its network does not matter, because the same key has
    the same addresses on each. Raises Wrong for text that is no address, or one of another key."""
    try:
        _, _, wanted = decode("".join(text.lower().split()))
    except AddressError as error:
        raise Wrong(f"{error} Type yes, no, or a receive address of the wallet.") from None
    for index in range(SEARCHED):
        try:
            if decode(chain.address(index))[2] == wanted:
                return index
        except InvalidChildError:
            continue
    raise Wrong(
        f"This address is none of the first {SEARCHED:,} receive addresses of this key: it is the"
        " key of another account or wallet."
    )


def address_lines(chain: ReceiveChain, count: int = SHOWN) -> list[str]:
    """The first addresses, in groups of four letters that are easy to compare and to hear."""
    lines: list[str] = []
    for index in range(count):
        try:
            prefix, _, body = chain.address(index).partition(":")
        except InvalidChildError:
            lines.append(f"{index}  none: this key has no such address")
            continue
        groups = [body[at : at + _GROUP] for at in range(0, len(body), _GROUP)]
        lines.append(f"{index}  {prefix}:")
        lines += [
            f"   {' '.join(groups[at : at + _GROUPS_A_LINE])}"
            for at in range(0, len(groups), _GROUPS_A_LINE)
        ]
    return lines


def read_key(text: str) -> AccountKey:
    """The account key in a text. Raises Wrong, which never repeats the text."""
    if not text.strip():
        raise Wrong("Paste the key; it is not shown. It starts with kpub.")
    try:
        return parse_account_key(text)
    except ExtendedKeyError as error:
        raise Wrong(str(error)) from None


def _key_of_option(source: str) -> AccountKey:
    """The key in a file or in standard input. Raises Failure."""
    try:
        return read_key(_text_of_option(source))
    except Wrong as wrong:
        raise Failure(f"--xpub: {wrong}") from None


def _text_of_option(source: str) -> str:
    if source == "-":
        if is_terminal(sys.stdin):
            return getpass("The account's extended public key (not shown): ")
        return sys.stdin.readline(LONGEST_LINE) if sys.stdin is not None else ""
    if _looks_like_a_key(source):
        raise Failure(
            "--xpub takes a file, or - for standard input, and not the key itself: every program"
            " of this machine can read it in the list of processes.",
            exit_code=USAGE,
        )
    try:
        with Path(source).expanduser().open(encoding="utf-8") as file:
            return file.read(LONGEST_LINE)
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise Failure(f"--xpub: the file can't be read: {reason}.") from None


def _looks_like_a_key(source: str) -> bool:
    """Whether it is an extended key, public or private, or a recovery phrase."""
    return _KEY_FORM.match(source) is not None or len(source.split()) >= _SHORTEST_PHRASE


def _read_name(text: str) -> str:
    return _without_problems(text, name_problems(text))


def _read_email(text: str) -> str:
    return _without_problems(text, email_problems(text))


def _without_problems(text: str, problems: Sequence[FieldProblem]) -> str:
    if problems:
        raise Wrong(" ".join(problem.message for problem in problems))
    return text


def _ask_webhook(asking: Asking) -> str | None:
    """A URL that the gateway may send to, checked as the API checks it; None for none."""
    options = asking.options
    if options.webhook_allow_private is not None:
        _allow(asking, ",".join(options.webhook_allow_private))

    def read(text: str) -> str | None:
        if text.lower() == NO_URL:
            return None
        url = _without_problems(text, webhook_url_problems(text))
        refusal = _refusal(asking, url)
        is_private = is_own(urlsplit(url).hostname or "")
        if refusal is not None and is_private and asking.dialogue.asks:
            asking.dialogue.say(refusal)
            asking.dialogue.answer(_PRIVATE, None, NO_URL, lambda text: _allow(asking, text))
            refusal = _refusal(asking, url)
        if refusal is not None:
            raise Wrong(refusal)
        return url

    return asking.dialogue.answer(_WEBHOOK, options.webhook_url, NO_URL, read)


def _allow(asking: Asking, text: str) -> None:
    if text.lower() != NO_URL:
        present = [str(one) for one in asking.draft.present("webhook_allow_private")]
        new = [one.strip() for one in text.split(",") if one.strip()]
        asking.draft.take("webhook_allow_private", list(dict.fromkeys([*present, *new])))


def _refusal(asking: Asking, url: str) -> str | None:
    """Why webhooks can't be sent to a URL. Runs Trio."""
    egress = Egress(asking.draft.present("webhook_allow_private"))
    try:
        trio.run(egress.verify, url)
    except UrlRefused as refused:
        return refused.detail
    return None
