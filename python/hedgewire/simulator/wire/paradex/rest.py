"""HTTP routes of the local Paradex (Paradex reference 2, appendix A) and the upgrade to its socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiohttp import web

from hedgewire.simulator.arming import Fault
from hedgewire.simulator.fault_checks import Vocabulary
from hedgewire.simulator.faults import ALONE
from hedgewire.simulator.fields import Json
from hedgewire.simulator.fixed import ONE
from hedgewire.simulator.replies import LOST, Occasion, Reply, SwallowedError, respond
from hedgewire.simulator.schedule import WORDS
from hedgewire.simulator.venue import VenueApp
from hedgewire.simulator.wire.paradex import auth, queries, ws
from hedgewire.simulator.wire.paradex.algo import AlgoDesk
from hedgewire.simulator.wire.paradex.archive import Archive
from hedgewire.simulator.wire.paradex.auth import Session
from hedgewire.simulator.wire.paradex.endpoints import endpoints
from hedgewire.simulator.wire.paradex.errors import WireError, unauthorized
from hedgewire.simulator.wire.paradex.executes import Executes
from hedgewire.simulator.wire.paradex.funding import Funding
from hedgewire.simulator.wire.paradex.hub import Hub
from hedgewire.simulator.wire.paradex.injection import raise_before, spoil
from hedgewire.simulator.wire.paradex.limits import Budget, request_headers
from hedgewire.simulator.wire.paradex.messages import get_int, get_text, parse_list, parse_object
from hedgewire.simulator.wire.paradex.orders import OrderDesk, Placed
from hedgewire.simulator.wire.paradex.positions import PositionBook
from hedgewire.simulator.wire.paradex.risk import Risk
from hedgewire.simulator.wire.paradex.state import ParadexState
from hedgewire.simulator.wire.paradex.streams import STREAMS
from hedgewire.simulator.wire.paradex.subkeys import add_subkey, revoke_subkey
from hedgewire.simulator.wire.paradex.trigger import Triggers

Act = Callable[[Session, web.Request, bytes], Reply]
V1 = "/v1"


class ParadexApp(VenueApp):
    """The wire face over one ``ParadexState``: tokens, orders, histories, channels."""

    socket_kinds = ("actions",)
    fault_words = WORDS["paradex"]

    def __init__(self, state: ParadexState) -> None:
        super().__init__()
        self._state = state
        self.desk = OrderDesk(state)
        self.executes = Executes(state, self.desk)
        self.triggers = Triggers(state, self.desk, self.executes)
        self.algos = AlgoDesk(state, self.desk, self.executes)
        self.positions = PositionBook(state)
        self.archive = Archive(state, self.positions)
        self.funding = Funding(state)
        self.risk = Risk(state)
        self.hub = Hub(state, self.desk, self.positions, self.archive, self.funding, self.triggers)
        self.last_books: dict[int, Json] = {}
        self._executes: dict[str, tuple[str, str, Act]] = {
            "place_order": ("POST", "/orders", self._place),
            "place_orders": ("POST", "/orders/batch", self._place_batch),
            "modify_order": ("PUT", "/orders/{order_id}", self._modify),
            "cancel_orders": ("DELETE", "/orders/batch", self._cancel_batch),
            "cancel_by_client_id": ("DELETE", "/orders/by_client_id/{client_id}", self._cancel_by_client_id),
            "cancel_order": ("DELETE", "/orders/{order_id}", self._cancel),
            "cancel_all_orders": ("DELETE", "/orders", self._cancel_all),
            "place_algo_order": ("POST", "/algo/orders", self._place_algo),
            "cancel_algo_order": ("DELETE", "/algo/orders/{algo_id}", self._cancel_algo),
            "set_leverage": ("POST", "/account/margin/{market}", self._set_leverage),
            "add_subkey": ("POST", "/account/keys/subkeys", self._add_subkey),
            "revoke_subkey": ("DELETE", "/account/keys/subkeys/{public_key}", self._revoke_subkey),
        }

    # --- what every venue has ------------------------------------------------------------------------------------

    @property
    def state(self) -> ParadexState:
        return self._state

    def descriptor(self, authority: str) -> dict[str, object]:
        return {
            "chain_id": self.state.chain_id,
            "endpoints": endpoints(authority),
            "accounts": [
                {
                    "l1_address": key.l1_address,
                    "l1_private_key": key.l1_private_key,
                    "l2_private_key": key.l2_private_key,
                    "address": key.address,
                }
                for key in self.state.keys
            ],
        }

    @property
    def headline(self) -> str:
        return f"chain id {self.state.chain_id}"

    @property
    def account_lines(self) -> list[str]:
        keys = self.state.keys
        return [f"account {key.address}  L2 key {key.l2_private_key}  L1 key {key.l1_private_key}" for key in keys]

    def vocabulary(self) -> Vocabulary:
        requests = {*queries.PUBLIC, *queries.PRIVATE, *self._executes, *ws.ORDER_METHODS.values(), "login", "onboard"}
        return Vocabulary(requests, STREAMS, self.state.ledger.markets, ALONE["paradex"])

    def pay_funding(self, product_id: int, payment: int) -> None:
        self.funding.pay_product(product_id, payment)

    def start(self) -> None:
        self.state.market.start()
        self.funding.start()
        self.risk.start()
        self.triggers.start()
        self.hub.start()

    def lasting_fault(self, fault: Fault) -> Callable[[], None] | None:
        if fault.name == "system_status":
            self.state.system_status = fault.text("status", "post_only")
            return partial(setattr, self.state, "system_status", "ok")
        if fault.name == "short_tokens":
            before, self.state.token_life_s = self.state.token_life_s, fault.number("life_s", 5)
            return partial(setattr, self.state, "token_life_s", before)
        return None

    def fault_at_once(self, fault: Fault) -> list[str]:
        if fault.name == "expire_tokens":
            self.state.tokens_from_ms = self.state.clock.now_ms()
            return ["tokens"]
        if fault.name == "cancel_on_disconnect":
            product_id = fault.params.get("product_id")
            return [
                placed.order_id
                for connection in list(self.connections)
                if isinstance(connection, ws.Connection)
                for placed in ws.cancel_orders_of(self, connection, product_id)
            ]
        return super().fault_at_once(fault)

    # --- routes --------------------------------------------------------------------------------------------------

    def add_routes(self, app: web.Application) -> None:
        app.middlewares.append(self._front_door)
        app.router.add_get(V1, self._upgrade)
        app.router.add_get(f"{V1}/", self._upgrade)
        for path in ("/auth", "/auth/{public_key}"):
            app.router.add_post(V1 + path, self._login)
        app.router.add_post(f"{V1}/onboarding", self._onboard)
        for name, (path, public) in queries.PUBLIC.items():
            app.router.add_get(V1 + path, partial(self._public, name, public))
        for name, (path, private) in queries.PRIVATE.items():
            act = partial(self._ask, private)
            app.router.add_get(V1 + path, partial(self._private, "query", name, act))
        for name, (method, path, execute) in self._executes.items():
            app.router.add_route(method, V1 + path, partial(self._private, "execute", name, execute))
        for version in ("/v1", "/v2"):
            app.router.add_route("*", version + "/{anything:.*}", self._not_found)

    @web.middleware
    async def _front_door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """What stands before the venue: refused connections and blocked addresses (control calls pass)."""
        if not request.path.startswith("/_sim"):
            await self.state.stalled()
            if self.state.faults.take("refuse_connections"):
                return web.Response(status=503, text="refused (injected)")
            upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
            if upgrade and self.state.faults.take("http_403", request="connect"):
                body = {"error": "GEO_IP_BLOCK", "message": "blocked (injected)", "data": None}
                return web.json_response(body, status=403)
        return await handler(request)

    async def _not_found(self, request: web.Request) -> web.StreamResponse:
        body = {"error": "NOT_FOUND", "message": f"there is no {request.method} {request.path}", "data": None}
        return web.json_response(body, status=404)

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.json_response({"message": "a WebSocket upgrade is needed here"}, status=426)
        return await ws.serve(self, request)

    # --- one request ---------------------------------------------------------------------------------------------

    async def answered(self, occasion: Occasion, act: Callable[[], Reply]) -> Reply:
        """A request through its faults; over whichever way it came."""
        self.state.log.counts[occasion.name] += 1
        self.desk.notice_vanished()
        try:
            raise_before(self.state, occasion)
            reply = act()
        except WireError as error:
            self.state.log.recent_failures.append((occasion.name, error.name, error.text))
            reply = Reply(error.body, error.http_status, error.headers)
        except SwallowedError:
            return LOST
        return await spoil(self.state, occasion, reply)

    async def _respond(self, request: web.Request, occasion: Occasion, act: Callable[[], Reply]) -> web.StreamResponse:
        started_ns = self.state.clock.now_ns()
        reply = await self.answered(occasion, act)
        response = respond(request, reply)
        response.headers.update(request_headers(started_ns, self.state.clock.now_ns()))
        return response

    def _within(self, budgets: tuple[Budget, ...], caller: str, act: Callable[[], Reply]) -> Reply:
        """Both what is answered and what is refused carry the headers of the budget."""
        headers = self.state.limits.take(budgets, caller, self.state.clock.now_ms())
        try:
            reply = act()
        except WireError as error:
            reply = Reply(error.body, error.http_status, {**headers, **error.headers})
            self.state.log.recent_failures.append(("", error.name, error.text))
        return Reply(reply.body, reply.http_status, {**headers, **reply.headers})

    async def _public(self, name: str, query: queries.Public, request: web.Request) -> web.StreamResponse:
        def act() -> Reply:
            return Reply(query(self, request.query, request.match_info))

        occasion = Occasion("query", name, self._product(request.query, request.match_info))
        within = partial(self._within, self.state.limits.public, request.remote or "", act)
        return await self._respond(request, occasion, within)

    def _ask(self, query: queries.Private, session: Session, request: web.Request, body: bytes) -> Reply:
        return Reply(query(self, session, request.query, request.match_info))

    async def _private(self, family: str, name: str, act: Act, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        occasion = Occasion(family, name, self._product(request.query, request.match_info, body))

        def acted() -> Reply:
            session = auth.read_bearer(self.state, request.headers)
            if self.state.faults.take("token_refused", **occasion.context()):
                raise unauthorized("token is expired by 0.1s")
            now_ms, peer = self.state.clock.now_ms(), request.remote or ""
            self.state.limits.take(self.state.limits.by_address, peer, now_ms)
            orders = family == "execute" and "/orders" in request.path
            budgets = self.state.limits.orders if orders else self.state.limits.private
            return self._within(budgets, session.account, lambda: act(session, request, body))

        return await self._respond(request, occasion, acted)

    def _product(self, query: Mapping[str, str], path: Mapping[str, str], body: bytes = b"") -> int | None:
        """The product a request names, for faults."""
        market: object = path.get("market") or query.get("market") or query.get("symbol")
        placed = self.desk.open.get(path.get("order_id", ""))
        if placed is not None:
            return placed.product_id
        if body and market is None:
            try:
                parsed = parse_object(body)
            except WireError:
                parsed = {}
            market = parsed.get("market")
        return self.state.products.get(str(market))

    # --- tokens --------------------------------------------------------------------------------------------------

    async def _login(self, request: web.Request) -> web.StreamResponse:
        interactive = request.query.get("token_usage") == "interactive"

        def act() -> Reply:
            if self.state.faults.take("login_refused"):
                raise WireError("INVALID_TOKEN", "authentication refused (injected)", http_status=401)
            key = request.match_info.get("public_key")
            return Reply({"jwt_token": auth.log_in(self.state, request.headers, key, interactive=interactive)})

        within = partial(self._within, self.state.limits.login, request.remote or "", act)
        return await self._respond(request, Occasion("query", "login"), within)

    async def _onboard(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()

        def act() -> Reply:
            auth.onboard(self.state, request.headers, parse_object(body))
            return Reply(None)

        within = partial(self._within, self.state.limits.login, request.remote or "", act)
        return await self._respond(request, Occasion("execute", "onboard"), within)

    def _set_leverage(self, session: Session, request: web.Request, body: bytes) -> Reply:
        """Cross margin only: isolated margin is gone since v1.170.0."""
        wanted, market = parse_object(body), request.match_info["market"]
        product_id = self.state.products.get(market)
        if product_id is None:
            raise WireError("MARKET_NOT_FOUND", f"there is no market {market:.80}")
        leverage, most = get_int(wanted, "leverage"), ONE // self.state.rules.listings[product_id].imf
        if get_text(wanted, "margin_type") != "CROSS" or not 1 <= leverage <= most:
            raise WireError("VALIDATION_ERROR", f"margin_type must be CROSS, leverage 1 to {most}")
        self.state.ledger.open(session.account).leverage[product_id] = leverage
        shown = {"account": session.account, "market": market, "leverage": leverage, "margin_type": "CROSS"}
        return Reply(shown)

    def _add_subkey(self, session: Session, request: web.Request, body: bytes) -> Reply:
        add_subkey(self.state, session, parse_object(body))
        return Reply(None, 201)

    def _revoke_subkey(self, session: Session, request: web.Request, body: bytes) -> Reply:
        return Reply({"public_key": revoke_subkey(self.state, session, request.match_info["public_key"])})

    # --- orders --------------------------------------------------------------------------------------------------

    def _place(self, session: Session, request: web.Request, body: bytes) -> Reply:
        return Reply(self.desk.show(self.executes.place(session, parse_object(body))), 201)

    def _place_batch(self, session: Session, request: web.Request, body: bytes) -> Reply:
        results = self.executes.place_batch(session, parse_list(body))
        placed = [self.desk.show(each) for each in results if isinstance(each, Placed)]
        errors = [{"error": each.name, "message": each.text} for each in results if isinstance(each, WireError)]
        return Reply({"orders": placed, "errors": errors}, 201)

    def _modify(self, session: Session, request: web.Request, body: bytes) -> Reply:
        order_id = request.match_info["order_id"]
        return Reply(self.desk.show(self.executes.modify(session, order_id, parse_object(body))))

    def _cancel(self, session: Session, request: web.Request, body: bytes) -> Reply:
        self.executes.cancel(session, request.match_info["order_id"])
        return Reply(None, 204)

    def _cancel_by_client_id(self, session: Session, request: web.Request, body: bytes) -> Reply:
        market = request.query.get("market")
        self.executes.cancel_by_client_id(session, request.match_info["client_id"], market)
        return Reply(None, 204)

    def _cancel_all(self, session: Session, request: web.Request, body: bytes) -> Reply:
        market = request.query.get("market") or None
        cancelled = self.executes.cancel_all(session, market)
        return Reply({"market": market or "", "message": f"{cancelled} orders queued for cancellation"})

    def _cancel_batch(self, session: Session, request: web.Request, body: bytes) -> Reply:
        return Reply({"results": self.executes.cancel_batch(session, parse_object(body))})

    def _place_algo(self, session: Session, request: web.Request, body: bytes) -> Reply:
        return Reply(self.algos.to_json(self.algos.place(session, parse_object(body))), 201)

    def _cancel_algo(self, session: Session, request: web.Request, body: bytes) -> Reply:
        self.algos.cancel(session.account, request.match_info["algo_id"])
        return Reply(None, 204)
