"""Ways to damage a conversation: each takes frames and gives other bytes, of a size that a socket holds at once."""
import json
import random
import struct

HEADER = struct.Struct(">II")
LENGTHS = (0, 1, 7, 255, 1 << 16, (4 << 20) + 1, 64 << 20, 0x7FFFFFFF, 0xFFFFFFFF)
# Pieces of messages: tags with what belongs to them, with what does not, and what the protocol has no word for
PIECES = [
    None, True, -1, 0, 2 ** 63, 1e999, float("nan"), "", "ok", "x" * 300, "\ud800", [], {}, {"a": 1}, ["list", []],
    ["list"], ["tuple", ["ok", 1]], ["tuple", ["error", "E", "ValueError", "m", ["tuple", ["c", 1, "f"]]]],
    ["tuple", ["error", "SystemExit", "SystemExit", "m", ["tuple", ["c", -10 ** 20, "f"]]]],
    *[["tuple", ["error", "Own", kind, "words", ["tuple", ["vec", 1, "f"]]]] for kind in ("ValueError", "Warning")],
    ["tuple", ["call", 0, ["tuple", [1.0]], ["dict", []]]],
    ["tuple", ["call", True, ["tuple", []], ["dict", [[1, 2]]]]],
    ["tuple", ["call", 1, ["tuple", [0.5]], ["dict", [["out", ["array", "<f4", [2]]]]]]],
    *[["tuple", ["call", number, ["tuple", [["object", 3, "Vec"]]], ["dict", []]]] for number in range(4)],
    ["object", 0, "Vec"], ["object", -5, "x"], ["object", 10 ** 40, "a b"], ["object", True, "class"],
    ["callback", 0], ["callback", 10 ** 9], ["known", "np.exp"], ["known", "builtins.eval"], ["known", []],
    ["array", "<f4", [2]], ["array", "<f8", [2 ** 62, 4]], ["array", "<f4", [-1]], ["array", "|O", [1]],
    ["array", "<U3", [1]], ["array", "<U99999", [10 ** 9]], ["array", "<f4", [0] * 70], ["array", "<f4", [0, 2 ** 62]],
    ["scalar", "<f4", []], ["scalar", "|b1", [1]], ["scalar", "<f4", [2]],
    ["dict", [[["list", []], 1]]], ["dict", [[1, 2], [1, 3]]], ["set", [float("nan")] * 3], ["set", [["set", []]]],
    ["range", [0, 10 ** 18, 1]], ["range", [0, 5, 0]], ["slice", [None]], ["int", "0x" + "f" * 50], ["int", "_"],
    ["complex", "1", 2], ["bytes", "\u0100"], ["dtype", "<f4"], ["dtype", "O"], ["ellipsis"], ["frozenset", [1, 2]],
    ["step", 0], ["step", -1], ["done", 0, None, False], ["loaded"],
    ["done", 0, ["E", "E", "m", ["vec", 3, "f"]], True],
    ["done", 1, ["E", "E", "m", ["vec", 10 ** 30, "(" * 50]], False],
]


def frame(text: bytes, data: bytes = b"") -> bytes:
    return HEADER.pack(len(text), len(data)) + text + data


def split(one: bytes) -> tuple[bytes, bytes]:
    """The text and the arrays of a whole frame."""
    size = HEADER.unpack(one[:8])[0]
    return one[8:8 + size], one[8 + size:]


def bits(rng: random.Random, one: bytes) -> bytes:
    """Some bits turned over, anywhere."""
    changed = bytearray(one)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def text_bits(rng: random.Random, one: bytes) -> bytes:
    """Other characters in the text, its lengths as they were."""
    text, data = split(one)
    changed = bytearray(text or b"1")
    for _ in range(rng.choice((1, 1, 2, 4))):
        changed[rng.randrange(len(changed))] = rng.choice(b'[]{}",:-0123456789.eEtfn\\ \x00\xff')
    return frame(bytes(changed), data)


def lengths(rng: random.Random, one: bytes) -> bytes:
    """Lengths that are not those of what follows."""
    text, data = split(one)
    sizes = [len(text), len(data)]
    which = rng.randrange(2)
    sizes[which] = max(0, min(rng.choice((*LENGTHS, sizes[which] + rng.randint(-9, 9))), 0xFFFFFFFF))
    return HEADER.pack(*sizes) + text + data


def truncated(rng: random.Random, one: bytes) -> bytes:
    """The frame cut off somewhere."""
    return one[:rng.randrange(len(one))]


def data_changed(rng: random.Random, one: bytes) -> bytes:
    """Fewer, more or other bytes of arrays, counted right."""
    text, data = split(one)
    return frame(text, rng.choice((data[:-1], data + b"\0", b"", rng.randbytes(len(data)), bytes(rng.randrange(64)))))


def structure(rng: random.Random, one: bytes) -> bytes:
    """Another piece in one place of the message."""
    text, data = split(one)
    message = json.loads(text)
    node = message
    for _ in range(rng.randrange(6)):
        inner = [part for part in node if isinstance(part, list) and part]
        if not inner:
            break
        node = rng.choice(inner)
    piece = rng.choice(PIECES)
    if not node:
        message = piece
    elif rng.random() < 0.2:
        node.insert(rng.randrange(len(node) + 1), piece)
    elif rng.random() < 0.2:
        del node[rng.randrange(len(node))]
    else:
        node[rng.randrange(len(node))] = piece
    return frame(json.dumps(message).encode(), data)


def answered(rng: random.Random, one: bytes) -> bytes:
    """A right answer of the wrong kind."""
    return frame(json.dumps(["tuple", ["ok", rng.choice(PIECES)]]).encode(), bytes(rng.choice((0, 0, 8, 12))))


def said(rng: random.Random, one: bytes) -> bytes:
    """A message of the protocol where another belongs."""
    return frame(json.dumps(rng.choice(PIECES)).encode(), bytes(rng.choice((0, 0, 8, 12))))


def anything(rng: random.Random, one: bytes) -> bytes:
    """Random bytes, as a whole frame or not."""
    noise = rng.randbytes(rng.choice((1, 8, 9, 40, 300)))
    return rng.choice((noise, frame(noise), frame(b"1", noise)))


def nested(rng: random.Random, one: bytes) -> bytes:
    """A message nested deeply, as JSON or as lists of the protocol's."""
    depth = rng.choice((10, 90, 400, 900, 20_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'["list",[', b"]]"), (b'{"a":', b"}"), (b'["dict",[[1,', b"]]]")))
    return frame(opening * depth + b"1" + closing * depth)


OF_ONE = (bits, text_bits, lengths, truncated, data_changed, structure, structure, structure, answered, answered,
          said, said, anything, nested)


def damaged(rng: random.Random, frames: list[bytes], others: list[bytes]) -> list[bytes]:
    """The frames with some changed, out of order, twice, left out, or from another conversation."""
    result = list(frames)
    for _ in range(rng.choice((0, 0, 1))):
        one, other = rng.randrange(len(result)), rng.randrange(len(result))
        match rng.randrange(4):
            case 0:
                result[one], result[other] = result[other], result[one]
            case 1:
                result.insert(one, result[other])
            case 2:
                del result[one]
                result = result or [b""]
            case 3:
                result[one:] = rng.sample(others, min(5, len(others)))
    for place in range(len(result)):
        if result[place] and rng.random() < 0.3:
            result[place] = rng.choice(OF_ONE)(rng, result[place])
    return result
