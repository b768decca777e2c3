"""A world without sockets and without real time: core, adapter, engine, strategy and venue on one seeded clock."""
