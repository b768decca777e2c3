"""Upstream's acceptance testers in a real node on a local venue, one run a card (NautilusTrader reference 3).

Cards are data (``data_cards``, ``exec_*``), run by ``runner``, judged by ``judge`` and ``received``. A further venue is
one file in ``venues``; `make conformance VENUE=<name>` writes its page of the documentation.
"""
