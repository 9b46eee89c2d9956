"""One attempt of a delivery: sign it, send it, and return the outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from kasgate.clock import Clock
from kasgate.egress import DeliveryFailed, HttpAnswer, Post, UrlRefused
from kasgate.events import Delivery, DeliveryState
from kasgate.evolving import evolve
from kasgate.merchant import Merchant
from kasgate.webhook import headers, is_success, next_attempt, signing_secrets

Merchants = Callable[[str], Awaitable[Merchant | None]]
"""Returns a merchant's current state, by id."""

NO_MERCHANT = "This merchant no longer exists."
NO_URL = "No webhook URL was set when this was due."


@frozen
class DeliveryAttempt:
    """Makes attempts. ``tail`` holds the delays of the slow tail in seconds. ``jitter`` returns
    random numbers from -1 to 1."""

    post: Post
    merchants: Merchants
    clock: Clock
    tail: tuple[int, ...]
    jitter: Callable[[], float]

    async def attempt(self, delivery: Delivery) -> Delivery:
        """Send a delivery once, with the current URL and secret. Return its new state: delivered,
        given up, or pending with the time of its next attempt.

        A failed request is an outcome, not an error. Raises the exceptions of ``merchants``, and
        ResourceBusy; nothing has been sent then. Cancellation cuts the attempt, which then does not
        count.
        """
        merchant = await self.merchants(delivery.merchant_id)
        if merchant is None:
            return _given_up(delivery, NO_MERCHANT)
        if merchant.webhook_url is None:
            return _given_up(delivery, NO_URL)
        body = delivery.payload.encode()
        now = self.clock()
        signed = headers(
            signing_secrets(merchant, now), delivery.event, delivery.delivery_id, body, now
        )
        try:
            answer = await self.post(merchant.webhook_url, signed, body, merchant.id)
        except (UrlRefused, DeliveryFailed) as error:
            return self._failed(delivery, None, str(error))
        if is_success(answer.status):
            return evolve(
                delivery,
                state=DeliveryState.DELIVERED,
                attempts=delivery.attempts + 1,
                next_attempt_at=None,
                status_code=answer.status,
                response=answer.body_text,
                delivered_at=self.clock(),
            )
        return self._failed(delivery, answer, answer.body_text)

    def _failed(self, delivery: Delivery, answer: HttpAnswer | None, response: str) -> Delivery:
        attempts = delivery.attempts + 1
        again_at = next_attempt(
            attempts,
            self.clock(),
            self.tail,
            status=None if answer is None else answer.status,
            retry_after=None if answer is None else answer.retry_after,
            jitter=self.jitter(),
        )
        return evolve(
            delivery,
            state=DeliveryState.FAILED if again_at is None else DeliveryState.PENDING,
            attempts=attempts,
            next_attempt_at=again_at,
            status_code=None if answer is None else answer.status,
            response=response,
        )


def _given_up(delivery: Delivery, why: str) -> Delivery:
    """A delivery that is given up without an attempt. Its number of attempts does not change."""
    return evolve(
        delivery,
        state=DeliveryState.FAILED,
        next_attempt_at=None,
        status_code=None,
        response=why,
    )
