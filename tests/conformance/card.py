"""What a card is: data. How it is run is in ``runner``, how it is judged in ``judge`` and ``received``."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nautilus_trader.model.orders import Order

from conformance.session import Session

Act = Callable[[Session], Awaitable[None]]


def word(event: Any) -> str:
    """``OrderPendingCancel`` is ``pending_cancel``."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", type(event).__name__.removeprefix("Order")).lower()


def sentence(events: list[Any]) -> str:
    """The words of events, each with a space behind it."""
    return "".join(f"{word(event)} " for event in events)


def pattern(text: str) -> re.Pattern[str]:
    """``accepted filled+ (canceled|expired)?`` is a regular expression whose letters are event words."""
    return re.compile(re.sub(r"[a-z_]+", lambda found: f"(?:{found[0]}_)", text).replace(" ", "").replace("_)", " )"))


def is_coded(reason: str) -> bool:
    """The venue's own words: its code, a colon, its text; or nothing but a code in capitals."""
    code, _, text = reason.partition(": ")
    return bool(code and (text or code.isupper()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole life of every order of one side and type. ``events``: while the tester runs; ``then``: what stopping it
    adds. Empty ``events``: the orders come with the stop. ``count``: how many such orders; with ``more`` at least.
    ``terms``: attributes of the order; ``held``: of the venue's own record of it; ``values``: event word to attributes.
    A callable among the values is a predicate. ``follows``: which way (1 up, -1 down) the price goes from order to
    order and from change to change, trigger prices of those that have one."""

    order: str
    events: str
    then: str = ""
    count: int = 1
    more: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)
    held: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    follows: int = 0

    def is_of(self, order: Order) -> bool:
        return f"{order.side.name} {order.order_type.name}" == self.order


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecCard:
    """``needs``: a word of the venue's capabilities; without it every order must be denied and nothing sent, or, where
    the orders as such are offered, live ``refused`` flows, which say why.
    ``before``: acts on the venue before the node starts. ``prior``: tester of an earlier session on the same account.
    ``acts``: (words with which the first flow's first order must have begun, act). Position and resting orders are
    the venue's, in orders' sizes and counts, before and after the stop; None where the market decides how often the
    tester acts, and only equality of cache and venue can be asked for. ``requests``: operation to exact count."""

    id: str
    title: str
    tester: Mapping[str, Any]
    flows: tuple[Flow, ...]
    needs: str = ""
    refused: tuple[Flow, ...] = ()
    before: tuple[Act, ...] = ()
    prior: Mapping[str, Any] | None = None
    acts: tuple[tuple[str, Act], ...] = ()
    position: int | None = 0
    resting: int = 0
    position_after: int = 0
    resting_after: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Data of one class that must arrive. ``check`` raises for a wrong value, given all of it and the session, and
    returns what it has proven."""

    kind: type
    count: int = 1
    history: bool = False
    check: Callable[[list[Any], Session], str]

    def of(self, session: Session) -> list[Any]:
        tester = session.tester
        return [data for data in (tester.history if self.history else tester.live) if isinstance(data, self.kind)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCard:
    """``before`` acts while the node is built and not yet started, ``acts`` once the tester has started.

    Without ``needs`` nothing may arrive, every request is answered, and the client says in one message that the venue
    does not have it; or, where ``ignored`` gives the reason, everything comes as if it had not been asked for."""

    id: str
    title: str
    tester: Mapping[str, Any]
    wants: tuple[Want, ...]
    needs: str = ""
    ignored: str = ""
    before: tuple[Act, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingCard:
    """A card about a kind of instrument that the venue may not list: ``kinds`` are class names."""

    id: str
    title: str
    kinds: frozenset[str]
