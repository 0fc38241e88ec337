# SPDX-License-Identifier: Apache-2.0
"""Reads lines "message hex json" of ours and compares them with the official JSON mapping.

wire_json_official.py CONTRACT LINES COUNT OUT: the official library reads our JSON to the same
bytes, and writes the same JSON from them. To OUT go lines "message hex json" with what it writes in
each of its forms, for us to read. Exits 77 where Python has no protobuf."""
import json
import sys

from wire_official import classes

from google.protobuf import json_format

FORMS = [
    {},
    {"preserving_proto_field_name": True},
    {"use_integers_for_enums": True},
    {"including_default_value_fields": True},
]


def fault(message_class, sent, ours):
    """What differs between our JSON and the official one of the same bytes, or None."""
    message = message_class()
    message.ParseFromString(sent)
    if json_format.MessageToDict(message) != json.loads(ours):
        return "written"
    read = json_format.Parse(ours, message_class()).SerializeToString(deterministic=True)
    return "read" if read != sent else None


def main(contract, lines, count, out):
    class_of = classes(contract)
    seen = 0
    with open(lines, encoding="utf-8") as stream, open(out, "w", encoding="utf-8") as written:
        for line in stream:
            name, text, ours = line.rstrip("\n").split(" ", 2)
            sent = bytes.fromhex(text)
            what = fault(class_of(name), sent, ours)
            if what is not None:
                print(f"{name} is {what} otherwise: {ours}")
                return 1
            message = class_of(name)()
            message.ParseFromString(sent)
            for form in FORMS:
                official = json.dumps(json_format.MessageToDict(message, **form))
                written.write(f"{name} {text} {official}\n")
            seen += 1
    if seen != int(count):
        print(f"{seen} messages of {count}")
        return 1
    print(f"{seen} messages are the same")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
