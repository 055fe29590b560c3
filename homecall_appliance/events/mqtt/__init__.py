"""Events, and buttons for them, by MQTT 3.1.1 (OASIS standard, 2014), with Home Assistant's
discovery. docs/mqtt.md tells why the protocol is code of our own."""
