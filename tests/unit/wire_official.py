# SPDX-License-Identifier: Apache-2.0
"""Reads lines "message hex" and compares each with what Python's protobuf makes of it.

wire_official.py CONTRACT MESSAGES COUNT: a FileDescriptorSet, the lines, how many there must be.
Exits 77 where Python has no protobuf."""
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    print("skipped: no protobuf for Python here")
    sys.exit(77)


def classes(path):
    """The contract's messages by name; parts.proto of ours is left out."""
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as stream:
        files.ParseFromString(stream.read())
    pool = descriptor_pool.DescriptorPool()
    waiting = [file for file in files.file if file.package == "lockgate.v1"]
    known = set()
    while waiting:
        file = next(file for file in waiting if set(file.dependency) <= known)
        pool.Add(file)
        known.add(file.name)
        waiting.remove(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(name))


def unknown_fields(message):
    """Fields that the official library did not know, in the message and all inside it."""
    count, open_messages = 0, [message]
    while open_messages:
        inner = open_messages.pop()
        count += len(inner.UnknownFields())
        for field, value in inner.ListFields():
            if field.message_type:
                many = field.label == field.LABEL_REPEATED
                open_messages.extend(value if many else [value])
    return count


def main(contract, lines, count):
    class_of = classes(contract)
    seen = 0
    with open(lines, encoding="ascii") as stream:
        for line in stream:
            name, _, text = line.rstrip("\n").partition(" ")
            sent = bytes.fromhex(text)
            message = class_of(name)()
            message.ParseFromString(sent)
            again = message.SerializeToString(deterministic=True)
            if again != sent or unknown_fields(message):
                print(f"{name} differs:\n  ours     {sent.hex()}\n  official {again.hex()}")
                return 1
            seen += 1
    if seen != int(count):
        print(f"{seen} messages of {count}")
        return 1
    print(f"{seen} messages are the same")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
