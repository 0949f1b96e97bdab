"""Other ways to solve each exercise in Python, and near misses with what the check says about them.

An attempt is a list of changes to the file as it is at first: what stands there, and what instead.
"""

from __future__ import annotations

from typing import NamedTuple

Change = tuple[str, str]


class FileAttempts(NamedTuple):
    """Attempts at one exercise in Python."""

    right: tuple[list[Change], list[Change]]
    """Ways to solve it besides its solution."""
    wrong: list[tuple[list[Change], str]]
    """Near misses, each with a difference that the check names."""


CONNECTS = "    king.connect(qq)"
LISTENS = "logged_listen = logged(listen)"
AWAITS: list[Change] = [
    ("    def call", "    async def call"),
    ("return func", "return await func"),
]
QQ, PUTS = "def qq(sender, **payload)", 'heard.append(payload["sender"])'
META = 'hasattr(found, "receiver_connected")'
COUNTED, ONES = "len(found._by_sender[sender])", "isinstance(one, Signal)"
IN_VARS: Change = (META, '"receiver_connected" in vars(found)')
GOT: Change = (COUNTED, "len(found._by_sender.get(sender, ()))")
BY_TYPE: Change = (ONES, "issubclass(type(one), Signal)")
NAMES, REGISTRY, KEY = "one.name == other.name", "return Namespace()", "return key"
SAME: Change = (NAMES, "one is other")
ITS_OWN: Change = (REGISTRY, "return signal.__self__")
GIVEN_BACK: Change = (KEY, "return found._weak_senders.get(key, lambda: key)()")
PASSES_ON = "king.connect(queue.send)\n"
RECORDS = "record(king)\nrecord(queue)"
REPLACED = "found.send = recorded"

FILE_ATTEMPTS = {
    "during": FileAttempts(
        (
            [(CONNECTS, "    qq(sender)")],
            [(CONNECTS, "\n\nking.connect(qq)")],
        ),
        [
            (
                [(CONNECTS, f"{CONNECTS}\n    qq(sender)")],
                'king.send("大象") should put animal, qq into heard, but puts animal, qq, qq.',
            ),
            ([(CONNECTS, '\n\nking.connect(qq, sender="狮子")')], "but puts animal."),
            (
                [(CONNECTS, '\n\nking.connect(qq, sender="大象")')],
                'king.send("狮子", order="巡山") should put animal, qq into heard, but puts animal.',
            ),
            ([(CONNECTS, "    king.disconnect(animal)\n\nking.connect(qq)")], "but puts qq."),
            (
                [(CONNECTS, "\n\nking.disconnect(animal)\nking.connect(qq)\nking.send()")],
                "during.py should put animal, qq into heard, but puts qq.",
            ),
            (
                [(CONNECTS, "\n\nimport sys\nking.connect(sys.exit)")],
                "during.py ends itself. Leave",
            ),
            (
                [(CONNECTS, f"{CONNECTS}\n\nking.send()")],
                "during.py should put animal, qq into heard, but puts animal.",
            ),
        ],
    ),
    "never-awaited": FileAttempts(
        (
            [("king.connect(logged_listen)", "king.connect(listen)")],
            [
                (
                    LISTENS,
                    "async def logged_listen(sender, **payload):\n    await listen(sender, **payload)",
                )
            ],
        ),
        [
            (AWAITS[:1], "call returns a coroutine that is never awaited."),
            (
                [
                    *AWAITS,
                    (LISTENS, ""),
                    ("king.connect(logged_listen)", "king.connect(logged(listen))"),
                ],
                'king.send_async("大象") should put 大象 into heard, but puts nothing.',
            ),
            (
                [
                    (
                        LISTENS,
                        "class Logged:\n    __call__ = staticmethod(listen)\n\nlogged_listen = Logged()",
                    )
                ],
                'king.send_async("大象") raises RuntimeError: Cannot send to a non-coroutine function.',
            ),
            (
                [*AWAITS, (LISTENS, ""), ("(logged_listen)", "(logged(listen))")],
                "king has no receivers: nothing refers to the one that was connected weakly.",
            ),
            (
                [
                    (
                        LISTENS,
                        "async def logged_listen(sender, **payload):\n    heard.append('大象')",
                    )
                ],
                'king.send_async("狮子") should put 狮子 into heard, but puts 大象.',
            ),
            (
                [("king = signal", "queen = signal"), ("king.connect", "queen.connect")],
                "never_awaited.py should define king as a signal.",
            ),
        ],
    ),
    "sender-key": FileAttempts(
        (
            [(QQ, "def qq(by, **payload)"), ("heard.append(sender)", "heard.append(by)")],
            [(QQ, "def qq(by, sender, **payload)"), (PUTS, "heard.append(by)")],
        ),
        [
            (
                [(QQ, "def qq(sender=None, **payload)")],
                'king.send("大象", sender="小钻风") raises TypeError: qq() got multiple values',
            ),
            (
                [(QQ, "def qq(by, sender)"), (PUTS, "heard.append(by)")],
                'sender="大钻风", rounds=3) raises TypeError: qq() got an unexpected keyword argument',
            ),
            (
                [(QQ, "def qq(sender, /, **payload)"), (PUTS, "heard.append(payload)")],
                "should put 大象, 小钻风 into heard, but puts 大象, {'sender': '小钻风'}.",
            ),
            (
                [
                    (QQ, "def qq(by, **payload)"),
                    ("(sender)", "('大象')"),
                    (PUTS, "heard.append('小钻风')"),
                ],
                "should put 大钻风, 狮子 into heard, but puts 大象, 小钻风.",
            ),
        ],
    ),
    "looking": FileAttempts(
        (
            [
                (META, 'found.__dict__.get("receiver_connected") is not None'),
                (COUNTED, "len(found._by_sender[sender]) if sender in found._by_sender else 0"),
                (ONES, "Signal in type(one).__mro__"),
            ],
            [
                (META, 'any(name == "receiver_connected" for name in vars(found))'),
                (COUNTED, "len(dict(found._by_sender).get(sender, []))"),
                (
                    f"[one for one in objects if {ONES}]",
                    "{one for one in objects if issubclass(type(one), Signal)}",
                ),
            ],
        ),
        [
            (
                [IN_VARS, BY_TYPE, (COUNTED, "len(list(found.receivers_for(sender)))")],
                'count(queue, "大象") creates queue._by_sender[ANY_ID].',
            ),
            ([IN_VARS, BY_TYPE], 'count(king, "大象") creates king._by_sender["大象"].'),
            (
                [GOT, BY_TYPE, (META, 'getattr(found, "receiver_connected", None) is not None')],
                "has_meta(king) creates king.receiver_connected.",
            ),
            ([IN_VARS, GOT], "signals_of loads a lazy object: it asks it for its __class__."),
            (
                [IN_VARS, GOT, (ONES, "type(one) is Signal")],
                "signals_of should return the two signals of ",
            ),
            (
                [IN_VARS, GOT, (f"return [one for one in objects if {ONES}]", "pass")],
                "Signal()], but returns None.",
            ),
            (
                [IN_VARS, GOT, (f"return [one for one in objects if {ONES}]", "yield 1")],
                "Signal()], but returns [1].",
            ),
            (
                [IN_VARS, BY_TYPE, (COUNTED, "len(list(found.receivers_for(sender))) + 1")],
                'count(king, "大象") should be 0, but is 1.',
            ),
        ],
    ),
    "many-names": FileAttempts(
        (
            [
                (NAMES, "id(one) == id(other)"),
                ("from blinker import Namespace", "from blinker import default_namespace"),
                (REGISTRY, "return default_namespace"),
                (
                    KEY,
                    "if key in found._weak_senders:\n        key = found._weak_senders[key]()\n    return key",
                ),
            ],
            [
                (NAMES, "one == other"),
                ITS_OWN,
                (
                    KEY,
                    "try:\n        return found._weak_senders[key]()\n    except KeyError:\n        return key",
                ),
            ],
        ),
        [
            (
                [
                    ITS_OWN,
                    GIVEN_BACK,
                    (NAMES, 'getattr(one, "name", one) == getattr(other, "name", other)'),
                ],
                'same(signal("king"), zoo.signal("king")) should be False, but is True.',
            ),
            ([SAME, GIVEN_BACK], "registry() isn't the namespace that signal uses."),
            (
                [SAME, ITS_OWN, (KEY, "return found._weak_senders[key]()")],
                "sender_of(king, \"大象\") raises KeyError: '大象' (line ",
            ),
            (
                [SAME, ITS_OWN, (KEY, "return found._weak_senders.get(key, key)")],
                "sender_of(king, id(mountain)) should be mountain, but is <weakref at ",
            ),
        ],
    ),
    "bound-send": FileAttempts(
        (
            [
                (
                    PASSES_ON,
                    "\n\n@king.connect\ndef pass_on(sender, **payload):\n    queue.send(sender, **payload)\n",
                )
            ],
            [
                ("def recorded(*senders, **payload)", "def recorded(sender)"),
                (
                    "        return send(*senders, **payload)",
                    "        return receivers_for(sender)",
                ),
                ("send = found.send", "receivers_for = found.receivers_for"),
                (REPLACED, "found.receivers_for = recorded"),
            ],
        ),
        [
            (
                [(PASSES_ON, ""), (RECORDS, f"record(king)\n{PASSES_ON}record(queue)")],
                'king.send("大象") should put king, queue into sent, but puts king.',
            ),
            (
                [(PASSES_ON, ""), (RECORDS, f"{RECORDS}\nrecord(king)\n{PASSES_ON}")],
                "should put king, queue into sent, but puts king, king, queue.",
            ),
            ([(PASSES_ON, "")], 'king.send("大象") should call the receivers of queue.'),
        ],
    ),
}
