# SPDX-License-Identifier: Apache-2.0
"""The gateway's journal, read from its files by the drawing in gateway/audit/frame.c and by nothing
else of the gateway's."""
import hashlib
import struct

import transparency as tlog

BLOCK = 512
HEADER = struct.Struct(">8sQQQQ32s32s32s")
FRAME = struct.Struct(">8sIIQQQQQII32s32s")


class Tree:
    """A growing Merkle tree: its right edge, and the root at every size it had."""

    def __init__(self):
        self.edge = []  # (height, hash), highest first
        self.size = 0
        self.roots = {0: hashlib.sha256(b"").digest()}

    def add(self, leaf):
        height, node = 0, tlog.leaf_hash(leaf)
        while self.edge and self.edge[-1][0] == height:
            node = tlog.node_hash(self.edge.pop()[1], node)
            height += 1
        self.edge.append((height, node))
        self.size += 1
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = tlog.node_hash(left, root)
        self.roots[self.size] = root


class Journal:
    """`leaves` in order, `tree` over them, `endings`: question -> how often it ended,
    `times`: of the frames, `frames`: how many entries each has."""

    def __init__(self, folder):
        self.leaves = []
        self.entries = []
        self.endings = {}
        self.times = []
        self.frames = []
        self.tree = Tree()
        self.generation = 0
        self.frame_hash = None
        segments = sorted(folder.glob("segment-*"))
        for path in segments:
            self._segment(path.read_bytes(), path.name)
        self.segment_count = len(segments)

    def _segment(self, data, name):
        magic, _, generation, first, _, _, root, _ = HEADER.unpack_from(data)
        if magic != b"LGSEGM01" or hashlib.sha256(data[:480]).digest() != data[480:512]:
            raise tlog.Wrong(f"{name}: header")
        if generation < self.generation or first != len(self.leaves):
            raise tlog.Wrong(f"{name}: does not follow on")
        if root != self.tree.roots[first]:
            raise tlog.Wrong(f"{name}: another tree")
        self.generation = generation
        at = BLOCK
        while at < len(data) and self._frame(data, at, generation):
            at += struct.unpack_from(">I", data, at + 8)[0]

    def _frame(self, data, at, generation):
        """Whether a whole frame that follows on stands there."""
        magic, size, count, own, _, first, new_size, time_ms, bytes_count, endings, _, root = \
            FRAME.unpack_from(data, at) if at + BLOCK <= len(data) else (b"",) + (0,) * 11
        frame = data[at:at + size]
        if (magic != b"LGFRAM01" or len(frame) != size or size % BLOCK or own != generation
                or hashlib.sha256(frame[:-32]).digest() != frame[-32:]):
            return False
        if first != len(self.leaves) or new_size != first + count:
            raise tlog.Wrong(f"frame of {first}: does not follow on")
        place = FRAME.size
        for _ in range(count):
            length = struct.unpack_from(">H", frame, place)[0]
            self._leaf(frame[place + 2:place + 2 + length])
            place += 2 + length
        if place != FRAME.size + bytes_count or self.tree.roots[new_size] != root:
            raise tlog.Wrong(f"frame of {first}: root")
        for i in range(endings):
            ended = frame[place + 16 * i:place + 16 * i + 16]
            self.endings[ended] = self.endings.get(ended, 0) + 1
        self.times.append(time_ms)
        self.frames.append(count)
        return True

    def _leaf(self, leaf):
        self.leaves.append(leaf)
        self.entries.append(tlog.entry_read(leaf))
        self.tree.add(leaf)
