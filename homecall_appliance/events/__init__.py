"""Events out: what happens at the door is told to an owner's program, to a web server of his, and
to a broker of MQTT, none of which is ever in the way of a call."""
