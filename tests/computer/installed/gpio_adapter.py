"""A GPIO adapter on USB, for the kernel's driver of it: run inside the computer, see gpio.py.

It is a Microchip MCP2221A (datasheet DS20005565, section 3.1), whose driver hid_mcp2221 asks for
reports of 64 bytes; what stands in for the hardware is the kernel's uhid (uapi/linux/uhid.h). What
is on its four lines is written to standard output, as the hardware has it: a line of JSON for each
change, with its time by CLOCK_MONOTONIC. It keeps what it was told last, whoever dies: so do the
pins of a Raspberry Pi.
"""

import json
import os
import struct
import time

CREATE, OUTPUT, INPUT = 11, 6, 12
"""UHID_CREATE2, UHID_OUTPUT and UHID_INPUT2."""

MOST_DATA = 4096
EVENT = 4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + MOST_DATA
"""The longest event, which is that of UHID_CREATE2."""

ON_USB = 3
MICROCHIP, MCP2221 = 0x04D8, 0x00DD
NAME = b"MCP2221 USB-I2C/UART Combo"

REPORTS = bytes.fromhex(
    "0600ff 0901 a101"  # of the vendor's own: an application
    "0901 1500 26ff00 7508 9540 8102"  # 64 bytes in
    "0901 1500 26ff00 7508 9540 9102"  # 64 bytes out
    "c0"
)

STATUS, SET_SPEED = 0x10, 0x20
SET_LINES, GET_LINES = 0x50, 0x51
LINES = 4
OUT, IN = 0, 1


def main() -> None:
    """Be plugged in until killed."""
    device = os.open("/dev/uhid", os.O_RDWR)
    identity = struct.pack("=HHIIII", len(REPORTS), ON_USB, MICROCHIP, MCP2221, 0, 0)
    names = struct.pack("=128s64s64s", NAME, b"", b"")
    os.write(device, struct.pack("=I", CREATE) + names + identity + REPORTS)
    values, directions = [0] * LINES, [IN] * LINES
    tell(values, directions)
    while True:
        event = os.read(device, EVENT)
        if struct.unpack_from("=I", event)[0] != OUTPUT:
            continue
        (size,) = struct.unpack_from("=H", event, 4 + MOST_DATA)
        report = event[4 : 4 + size].ljust(64, b"\0")
        before = [*values, *directions]
        answer = answered(report, values, directions)
        if [*values, *directions] != before:
            tell(values, directions)
        os.write(device, struct.pack("=IH", INPUT, len(answer)) + answer)


def answered(report: bytes, values: list[int], directions: list[int]) -> bytes:
    """Do what a report wants; return the answer to it, which begins as the report does."""
    answer = bytearray(64)
    answer[0] = report[0]
    if report[0] == STATUS:
        answer[3] = report[3]
    elif report[0] == SET_LINES:
        answer[2:18] = report[2:18]
        for line in range(LINES):
            sets_value, value, sets_direction, direction = report[2 + 4 * line : 6 + 4 * line]
            values[line] = value if sets_value else values[line]
            directions[line] = direction if sets_direction else directions[line]
    elif report[0] == GET_LINES:
        for line in range(LINES):
            answer[2 + 2 * line : 4 + 2 * line] = values[line], directions[line]
    return bytes(answer)


def tell(values: list[int], directions: list[int]) -> None:
    """Write what each line puts out; null: nothing, for it is an input."""
    lines = [
        value if direction == OUT else None
        for value, direction in zip(values, directions, strict=True)
    ]
    print(json.dumps({"at": time.monotonic(), "lines": lines}), flush=True)


if __name__ == "__main__":
    main()
