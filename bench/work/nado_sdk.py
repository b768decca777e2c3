"""The venue's own Python client, nado_protocol, unmodified, in the environment that it needs.

``nado_sdk {sign|place} ORDERS``: hash and sign, or the whole round trip to a gateway that answers at once.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

from bench.work.process import Stopwatch, percentile, report, server

warnings.simplefilter("ignore")

ETH = 4


def main() -> None:
    from nado_protocol.client import NadoClientMode, create_nado_client
    from nado_protocol.client.context import NadoClientContextOpts
    from nado_protocol.engine_client.types.execute import PlaceOrderParams
    from nado_protocol.utils.execute import OrderParams

    what, count = sys.argv[1], int(sys.argv[2])
    with server("orders", "nado", "instant") as line:
        described = json.loads(line)
        endpoints, account = described["endpoints"], described["accounts"][0]
        client = create_nado_client(
            NadoClientMode.TESTNET,
            account["private_key"],
            NadoClientContextOpts(
                engine_endpoint_url=endpoints["gateway_v1"],
                indexer_endpoint_url=endpoints["archive_v1"],
                trigger_endpoint_url=endpoints["trigger"],
                rpc_node_url="http://127.0.0.1:9",
            ),
        )
        engine = client.context.engine_client

        def order(number: int) -> PlaceOrderParams:
            params = OrderParams(
                sender=account["subaccount"],
                priceX18=3_000 * 10**18,
                amount=10**18,
                expiration=4_294_967_295,
                nonce=((int(time.time() * 1000) + 60_000) << 20) + number,
                appendix=1537,
            )
            return PlaceOrderParams(product_id=ETH, order=params, id=number)

        def sign(number: int) -> None:
            made = order(number)
            prepared = engine.prepare_execute_params(made.order, True)
            engine._sign("place_order", prepared.dict(), ETH)

        def place(number: int) -> None:
            assert client.market.place_order(order(number)).status == "success"

        work = sign if what == "sign" else place
        work(0)
        waits_us: list[float] = []
        watch = Stopwatch()
        for number in range(count):
            start = time.perf_counter_ns()
            work(number)
            waits_us.append((time.perf_counter_ns() - start) / 1e3)
        report({**watch.per_item(count), "p50_us": percentile(waits_us, 0.5), "p99_us": percentile(waits_us, 0.99)})


if __name__ == "__main__":
    main()
