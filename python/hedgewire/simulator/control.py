"""Control calls under ``/_sim``: state, clock, prices, liquidity, halts, faults, log. Apart from the venue's API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from hedgewire.simulator import fault_actions
from hedgewire.simulator.accounts import HealthKind
from hedgewire.simulator.arming import parse_fault
from hedgewire.simulator.faults import BENCH, CATALOGUE
from hedgewire.simulator.fields import FieldReader, Json
from hedgewire.simulator.fixed import plain, x18
from hedgewire.simulator.orders import TradingStatus

if TYPE_CHECKING:
    from hedgewire.simulator.venue import VenueApp

MAX_STEP_MS = 31 * 86_400_000
_fields = FieldReader(ValueError)
get_int, get_text = _fields.get_int, _fields.get_text


class Control:
    """Handlers over one running venue."""

    def __init__(self, app: VenueApp) -> None:
        self.app = app
        self.state = app.state

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/_sim/state", self._guard(self.get_state))
        app.router.add_get("/_sim/log", self._guard(self.get_log))
        app.router.add_get("/_sim/faults", self._guard(self.get_faults))
        app.router.add_post("/_sim/faults", self._guard(self.post_faults))
        app.router.add_delete("/_sim/faults", self._guard(self.delete_faults))
        app.router.add_get("/_sim/clock", self._guard(self.get_clock))
        app.router.add_post("/_sim/clock", self._guard(self.post_clock))
        app.router.add_post("/_sim/price", self._guard(self.post_price))
        app.router.add_post("/_sim/halt", self._guard(self.post_halt))
        app.router.add_post("/_sim/liquidity", self._guard(self.post_liquidity))
        app.router.add_post("/_sim/limits", self._guard(self.post_limits))
        app.router.add_post("/_sim/settle", self._guard(self.post_settle))
        app.router.add_post("/_sim/deposit", self._guard(self.post_deposit))

    def _guard(self, answer: Callable[[Json], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            try:
                raw = await request.text()
                body = json.loads(raw) if raw.strip() else dict(request.query)
                if not isinstance(body, dict):
                    raise ValueError("the body must be a JSON object; hint: send {} when there is nothing to say")
                return web.json_response(answer(body))
            except ValueError as error:
                return web.json_response({"error": str(error)}, status=400)

        return handler

    def get_state(self, body: Json) -> object:
        """Positions, open orders and balances of every client account as decimal strings."""
        ledger, accounts = self.state.ledger, {}
        for account in ledger.accounts.values():
            if account.background:
                continue
            views = {p: ledger.view(account, p) for p in sorted(account.positions)}
            accounts[account.account_id] = {
                "balance": plain(account.quote),
                "equity": plain(ledger.health(account, HealthKind.UNWEIGHTED).health),
                "health_initial": plain(ledger.health(account, HealthKind.INITIAL).health),
                "health_maintenance": plain(ledger.health(account, HealthKind.MAINTENANCE).health),
                "parent": account.parent,
                "positions": {
                    ledger.markets[p].instrument.symbol: {"amount": plain(v.amount), "v_quote": plain(v.v_quote)}
                    for p, v in views.items()
                },
                "open_orders": [
                    {
                        "digest": order.order_id,
                        "symbol": ledger.markets[order.product_id].instrument.symbol,
                        "price": plain(order.price),
                        "amount": plain(order.amount),
                        "unfilled": plain(order.unfilled),
                        "kind": order.kind.name.lower(),
                    }
                    for order in self.state.exchange.orders_of(account.account_id)
                ],
            }
        return {"seed": self.state.seed, "accounts": accounts, "markets": self._markets(), **self._clock()}

    def _markets(self) -> Json:
        rows: Json = {}
        for product_id, market in sorted(self.state.ledger.markets.items()):
            bid, bid_size, ask, ask_size = self.state.exchange.quote(product_id)
            rows[market.instrument.symbol] = {
                "product_id": product_id,
                "oracle_price": plain(market.oracle_price),
                "bid": plain(bid) if bid_size else None,
                "bid_size": plain(bid_size),
                "ask": plain(ask) if ask_size else None,
                "ask_size": plain(ask_size),
                "fees_collected": plain(market.fees_collected),
                "open_interest": plain(market.open_interest),
                "trading_status": market.instrument.status.value,
            }
        return rows

    def _clock(self) -> Json:
        clock = self.state.clock
        return {"time_ms": clock.now_ns() // 10**6, "paused": clock.paused}

    def get_log(self, body: Json) -> object:
        log = self.state.log
        return {
            "requests": dict(log.counts),
            "malformed": dict(log.malformed),
            "order_digests": dict(log.digests),
            "repeated_digests": [digest for digest, times in log.digests.items() if times > 1],
            "recent_failures": [{"request": r, "error_code": c, "error": t} for r, c, t in log.recent_failures],
            "connections": {
                kind: sum(1 for c in self.app.connections if c.kind == kind) for kind in self.app.socket_kinds
            },
            "faults_fired": dict(self.state.faults.fired),
        }

    # --- faults --------------------------------------------------------------------------------------------------

    def get_faults(self, body: Json) -> object:
        plan = self.state.faults
        return {
            "armed": [fault.to_json() for fault in plan.armed],
            "waiting": [fault.to_json() for fault in plan.waiting.values()],
            "fired": dict(plan.fired),
            "chaos": self.app.chaos.to_json(),
            "catalogue": {
                kind.name: kind.to_json() for kind in (*CATALOGUE.values(), *self.app.vocabulary().alone.values())
            },
            "bench": {kind.name: kind.to_json() for kind in BENCH.values()},
        }

    def post_faults(self, body: Json) -> object:
        """Arm one fault of the catalogue; some act at once. ``{"chaos": seed}`` begins to play schedules."""
        if "chaos" in body:
            seed = get_int(body, "chaos")
            if seed < 0 or len(body) > 1:
                raise ValueError(f'chaos={seed} takes a seed of 0 or more and nothing else; hint: {{"chaos": 7}}')
            self.app.chaos.begin(seed)
            return self.app.chaos.to_json()
        return fault_actions.post(self.app, parse_fault(body, self.app.vocabulary()))

    def delete_faults(self, body: Json) -> object:
        name = None if body.get("name") is None else get_text(body, "name")
        fault_id = None if body.get("id") is None else get_int(body, "id")
        if name is None and fault_id is None:
            self.app.chaos.end()
        return {"removed": fault_actions.disarm(self.app, name, fault_id)}

    # --- time and market -----------------------------------------------------------------------------------------

    def get_clock(self, body: Json) -> object:
        return self._clock()

    def post_clock(self, body: Json) -> object:
        """``{"pause":true}``, ``{"resume":true}`` or ``{"step_ms":n}`` (which pauses first)."""
        clock = self.state.clock
        if body.get("step_ms") is not None:
            step_ms = get_int(body, "step_ms")
            if not 0 <= step_ms <= MAX_STEP_MS:
                raise ValueError(f"step_ms={step_ms} is not within 0 to {MAX_STEP_MS}")
            clock.pause()
            clock.step_ms(step_ms)
        elif body.get("pause"):
            clock.pause()
        elif body.get("resume"):
            clock.resume()
        else:
            raise ValueError(f"nothing to do in {sorted(body)}; hint: pause, resume or step_ms")
        return self._clock()

    def _product(self, body: Json) -> int:
        """A product by ``product_id`` or ``symbol``."""
        for product_id, market in self.state.ledger.markets.items():
            if body.get("symbol") == market.instrument.symbol or body.get("product_id") == product_id:
                return product_id
        given = body.get("symbol") or body.get("product_id")
        names = ", ".join(m.instrument.symbol for m in self.state.ledger.markets.values())
        raise ValueError(f"unknown product {given!r}; hint: one of {names}")

    def post_price(self, body: Json) -> object:
        """``{"symbol","price"}`` jumps; ``{"symbol","drift_ppb"}`` adds a drift per 100 ms step."""
        product_id = self._product(body)
        if body.get("drift_ppb") is not None:
            self.state.market.drift_ppb[product_id] = get_int(body, "drift_ppb")
        if body.get("price") is not None:
            price = x18(get_text(body, "price"))
            if price <= 0:
                raise ValueError(f"price={body['price']!r} is not positive")
            self.state.market.set_price(product_id, price)
        return self._markets()

    def post_halt(self, body: Json) -> object:
        """``{"symbol","status":"not_tradable"|"post_only"|"reduce_only"|"live"}``; default is a full halt."""
        instrument = self.state.ledger.markets[self._product(body)].instrument
        instrument.status = TradingStatus(str(body.get("status", "not_tradable")))
        return self._markets()

    def post_liquidity(self, body: Json) -> object:
        """``freeze`` (no walk, no takers), ``depth_percent``, ``drain`` (bids|asks|none), ``takers`` (on/off)."""
        market = self.state.market
        if body.get("takers") is not None:
            market.takers_enabled = body["takers"] is True
        if body.get("symbol") is None and body.get("product_id") is None:
            products = list(self.state.ledger.markets)
        else:
            products = [self._product(body)]
        for product_id in products:
            if body.get("freeze") is not None:
                (market.frozen.add if body["freeze"] is True else market.frozen.discard)(product_id)
            if body.get("depth_percent") is not None:
                market.set_depth(product_id, get_int(body, "depth_percent"))
            if body.get("drain") is not None:
                market.drain(product_id, get_text(body, "drain"))
        return self._markets()

    def post_limits(self, body: Json) -> object:
        self.state.limits.enable(body.get("enabled") is not False)
        return {"enabled": self.state.limits.enabled}

    def post_settle(self, body: Json) -> object:
        """Settle profit and loss of every client position now, as the venue does at its own initiative."""
        return {"settled": self.state.exchange.settle_all()}

    def post_deposit(self, body: Json) -> object:
        """Fund an account: ``{"account","amount"}`` in the quote currency; emits the deposit event."""
        owner = get_text(body, "subaccount" if "subaccount" in body else "account")
        account = self.state.ledger.deposit(owner.lower(), x18(get_text(body, "amount")))
        stamp_ns = self.state.clock.stamp_ns()
        self.state.exchange.submission_idx += 1
        self.state.exchange.emit(self.state.exchange.position_events(account, 0, "deposit_collateral", stamp_ns))
        return {"balance": plain(account.quote)}
