"""HTTP routes of the local Nado: gateway v1 and v2, edge cache, sockets, trigger and archive (reference 1.1, 2.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from hedgewire.simulator.candles import CandleStore
from hedgewire.simulator.fault_checks import Vocabulary
from hedgewire.simulator.fields import Json
from hedgewire.simulator.replies import LOST, Occasion, Reply, SwallowedError, respond
from hedgewire.simulator.schedule import WORDS
from hedgewire.simulator.venue import VenueApp
from hedgewire.simulator.wire.nado import archive_v2, gateway_v2, ws
from hedgewire.simulator.wire.nado.account_events import AccountEvents
from hedgewire.simulator.wire.nado.archive import Archive
from hedgewire.simulator.wire.nado.archive_queries import ARCHIVE_QUERIES, answer_archive, archive_query
from hedgewire.simulator.wire.nado.edge import BboHistory, answer_edge
from hedgewire.simulator.wire.nado.endpoints import endpoints
from hedgewire.simulator.wire.nado.errors import RATE_LIMIT, WireError
from hedgewire.simulator.wire.nado.executes import EXECUTES
from hedgewire.simulator.wire.nado.funding import Funding
from hedgewire.simulator.wire.nado.gateway import handle
from hedgewire.simulator.wire.nado.hub import Hub
from hedgewire.simulator.wire.nado.injection import product_of, raise_before, spoil
from hedgewire.simulator.wire.nado.limits import archive_weight
from hedgewire.simulator.wire.nado.messages import get_object, parse_object
from hedgewire.simulator.wire.nado.queries import QUERIES, symbol_rows
from hedgewire.simulator.wire.nado.snapshots import Snapshots
from hedgewire.simulator.wire.nado.state import NadoState, default_subaccount
from hedgewire.simulator.wire.nado.streams import GRANULARITIES, STREAMS
from hedgewire.simulator.wire.nado.trigger import TRIGGER_EXECUTES, TRIGGER_QUERIES, TriggerService

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NadoApp(VenueApp):
    """The wire face over one ``NadoState``: connections, subscriptions, archive, trigger service."""

    socket_kinds = ("actions", "subscriptions")
    fault_words = WORDS["nado"]

    def __init__(self, state: NadoState) -> None:
        super().__init__()
        self._state = state
        self.candles = CandleStore(GRANULARITIES)
        self.funding = Funding(state)
        self.archive = Archive(state)
        self.account_events = AccountEvents(state)
        self.bbo_history = BboHistory(state)
        self.snapshots = Snapshots(state, self.funding)
        self.hub = Hub(state, self.candles, self.funding)
        self.trigger = TriggerService(state)

    @property
    def state(self) -> NadoState:
        return self._state

    def descriptor(self, authority: str) -> dict[str, object]:
        keys = self.state.keys
        return {
            "chain_id": self.state.chain_id,
            "endpoint_address": self.state.endpoint_address,
            "endpoints": endpoints(authority),
            "accounts": [
                {"address": k.address, "private_key": k.private_key, "subaccount": default_subaccount(k.address)}
                for k in keys
            ],
        }

    @property
    def headline(self) -> str:
        return f"chain id {self.state.chain_id}"

    @property
    def account_lines(self) -> list[str]:
        return [f"account {key.address}  key {key.private_key}" for key in self.state.keys]

    def vocabulary(self) -> Vocabulary:
        requests = {*EXECUTES, *QUERIES, *(f"archive_{name}" for name in ARCHIVE_QUERIES)}
        requests |= {f"trigger_{name}" for name in (*TRIGGER_EXECUTES, *TRIGGER_QUERIES)}
        return Vocabulary(requests, STREAMS, self.state.ledger.markets)

    def pay_funding(self, product_id: int, payment: int) -> None:
        self.funding.pay_product(product_id, payment)

    def start(self) -> None:
        self.state.market.start()
        self.funding.start()
        self.trigger.start()
        self.hub.start()
        self.snapshots.start()
        self.bbo_history.start()

    def add_routes(self, app: web.Application) -> None:
        app.middlewares.append(self._front_door)
        for path in ("/v1/query", "/query"):
            app.router.add_post(path, self._post_gateway)
            app.router.add_get(path, self._get_query)
        for path in ("/v1/execute", "/execute"):
            app.router.add_post(path, self._post_gateway)
        for path in ("/v1/symbols", "/symbols"):
            app.router.add_get(path, self._get_symbols)
        app.router.add_post("/v1/edge/query", self._post_edge)
        app.router.add_get("/v1/edge/query", self._get_edge)
        for path in ("/time", "/v1/time"):
            app.router.add_get(path, self._get_time)
        for path in ("/ip", "/v1/ip"):
            app.router.add_get(path, self._get_ip)
        for path in ("/cf-check", "/v1/cf-check"):
            app.router.add_get(path, self._get_ip)
        for path in ("/v1/ws", "/ws"):
            app.router.add_get(path, self._socket(ws.actions_serial))
        for path in ("/ws/v2", "/v1/ws/v2"):
            app.router.add_get(path, self._socket(ws.actions_concurrent))
        for path in ("/v1/subscribe", "/subscribe"):
            app.router.add_get(path, self._socket(ws.subscriptions))
        gateway_v2.add_routes(app, self)
        app.router.add_post("/archive/v1", self._post_archive)
        archive_v2.add_routes(app, self)
        app.router.add_post("/trigger/v1/execute", self._post_trigger_execute)
        app.router.add_post("/trigger/v1/query", self._post_trigger_query)

    @web.middleware
    async def _front_door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What stands before the venue: refused connections and blocked addresses (control calls pass)."""
        if not request.path.startswith("/_sim"):
            await self.state.stalled()
            if self.state.faults.take("refuse_connections"):
                return web.Response(status=503, text="refused (injected)")
            upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
            blocked = self.state.faults.take("http_403", request="connect") if upgrade else None
            if blocked is not None:
                reason = blocked.text("reason", "ip_query_only")
                return web.json_response({"reason": reason, "blocked": True}, status=403)
        return await handler(request)

    def _socket(self, serve: Callable[[NadoApp, web.Request], Awaitable[web.StreamResponse]]) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Upgrade", "").lower() != "websocket":
                return web.json_response({"error": "a WebSocket upgrade is needed here"}, status=426)
            return await serve(self, request)

        return handler

    async def _post_gateway(self, request: web.Request) -> web.StreamResponse:
        try:
            body = parse_object(await request.read())
        except WireError as error:
            self.state.log.malformed["rest"] += 1
            return web.json_response(
                {"status": "failure", "error": error.text, "error_code": error.code}, status=error.http_status
            )
        return respond(request, await handle(self.state, body, request.remote or ""))

    async def _get_query(self, request: web.Request) -> web.StreamResponse:
        body: Json = dict(request.query)
        return respond(request, await handle(self.state, body, request.remote or ""))

    async def _get_symbols(self, request: web.Request) -> web.StreamResponse:
        self.state.log.counts["get_symbols"] += 1
        return json_or_error(lambda: symbol_rows(self.state, dict(request.query)))

    async def _get_time(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.state.clock.now_ms())

    async def _get_ip(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"blocked": False}, headers={"x-nado-country": "XX"})

    async def _post_edge(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        return json_or_error(lambda: answer_edge(self.state, self.bbo_history, parse_object(body)))

    async def _get_edge(self, request: web.Request) -> web.StreamResponse:
        return json_or_error(lambda: answer_edge(self.state, self.bbo_history, dict(request.query)))

    async def _post_archive(self, request: web.Request) -> web.StreamResponse:
        try:
            body = parse_object(await request.read())
            name = archive_query(self, body)
            params = get_object({"params": body[name] or {}}, "params")
            weight = archive_weight(name, params)
            self.state.limits.archive.take(request.remote or "", weight, self.state.clock.now_ms())
        except WireError as error:
            return respond(request, _archive_failure(error))
        occasion = Occasion("query", f"archive_{name}", product_of(params))
        return respond(request, await self._guarded(occasion, lambda: answer_archive(self, name, params)))

    async def _guarded(self, occasion: Occasion, answer: Callable[[], object]) -> Reply:
        """An archive reply through the faults of requests."""
        try:
            raise_before(self.state, occasion)
            reply = Reply(answer())
        except WireError as error:
            return _archive_failure(error)
        except SwallowedError:
            return LOST
        return await spoil(self.state, occasion, reply)

    async def _post_trigger_execute(self, request: web.Request) -> web.StreamResponse:
        return await self._post_trigger(request, "execute", self.trigger.execute)

    async def _post_trigger_query(self, request: web.Request) -> web.StreamResponse:
        return await self._post_trigger(request, "query", self.trigger.query)

    async def _post_trigger(
        self, request: web.Request, family: str, answer: Callable[[str, Json], object]
    ) -> web.StreamResponse:
        try:
            body = parse_object(await request.read())
            name = self.trigger.name_of(family, body)
        except WireError as error:
            return respond(request, _trigger_failure(error))
        occasion = Occasion(family, f"trigger_{name}", product_of(get_object(body, name) if name in body else body))
        try:
            raise_before(self.state, occasion)
            reply = Reply(answer(name, body))
        except WireError as error:
            reply = _trigger_failure(error)
        except SwallowedError:
            reply = LOST
        return respond(request, await spoil(self.state, occasion, reply))


def _archive_failure(error: WireError) -> Reply:
    """Archive errors have HTTP statuses and no envelope (reference 2.1)."""
    status = 429 if error.code == RATE_LIMIT else max(400, error.http_status)
    return Reply(error.body or {"error": error.text, "error_code": error.code}, status, error.headers)


def _trigger_failure(error: WireError) -> Reply:
    body = error.body or {"status": "failure", "error": error.text, "error_code": error.code}
    return Reply(body, error.http_status, error.headers)


def json_or_error(produce: Callable[[], object]) -> web.Response:
    try:
        return web.json_response(produce())
    except WireError as error:
        body = {"status": "failure", "error": error.text, "error_code": error.code}
        return web.json_response(body, status=error.http_status)
