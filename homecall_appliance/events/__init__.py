"""Events out: what happens at the door is told to an owner's program, to a web server of his, and
to a broker of MQTT, none of which is ever in the way of a call.

Of use to others are `event.Event`, `teller.create_teller`, whose Teller has `tell(event)` and
`run()`, and `mqtt.client.CallControl`, which buttons command.
"""
