"""Exercises of the lessons on what surprises people about blinker."""

from __future__ import annotations

from signalcli.tour.exercises.conditions import (
    AbsentConnection,
    CalledReceivers,
    HasReceiversAnswer,
    PresentConnection,
    ReceiversBySender,
    RequiredSend,
)
from signalcli.tour.exercises.exercise import exercise

EXERCISES_OF_TRUTHS = (
    exercise(
        "payload",
        goal_en=(
            "Let each send of `king` with the payload `order=巡山`, whoever sends it, call `animal`, and no "
            "receiver that refuses the payload."
        ),
        goal_zh="不管是谁发送 `king`，只要带着载荷 `order=巡山`，就叫来 `animal`，而不碰到接收不了载荷的接收者。",
        hint_en="`strict` takes no payload. `signalcli explain king order=巡山` shows what would happen.",
        hint_zh="`strict` 什么载荷也不收。`signalcli explain king order=巡山` 会说明将发生什么。",
        start="connect king animal strict",
        conditions=(ReceiversBySender("king", otherwise="animal", payload={"order": "巡山"}),),
        solution="disconnect king strict",
    ),
    exercise(
        "exception",
        goal_en=(
            "`failing` always raises an exception. Whoever sends `king`, let `animal_one` and `animal_two` be called "
            "before it; `failing` stays connected."
        ),
        goal_zh="`failing` 一叫就出错。不管谁发送 `king`，都让 `animal_one` 和 `animal_two` 在它之前被调用，`failing` 也要留下。",
        hint_en="Receivers are called in the order of connection. One that connects anew is the last.",
        hint_zh="接收者按连接的先后被调用；断开再连的排到最后。",
        start="connect king animal_one failing animal_two",
        conditions=(CalledReceivers("king", "animal_one animal_two", raises="failing"),),
        solution="""
            disconnect king failing
            connect king failing
        """,
    ),
    exercise(
        "order",
        goal_en="Let a send of `roll` from 大象 call `qq` first and `animal_one` second.",
        goal_zh="让大象发送的 `roll` 先叫 `qq`，再叫 `animal_one`。",
        hint_en="Receivers of `ANY` come first. Give both receivers the same kind of connection.",
        hint_zh="听 `ANY` 的总在前面。让两个接收者都用同一种连接。",
        start="""
            connect roll qq --sender 大象
            connect roll animal_one
        """,
        conditions=(CalledReceivers("roll", "qq animal_one", "大象", in_order=True),),
        solution="""
            disconnect roll animal_one
            connect roll animal_one --sender 大象
        """,
    ),
    exercise(
        "async",
        goal_en=(
            "Let `send king --async` call `coroutine`, and a plain send of `queue` call `animal`, both "
            "without an exception and without a wrapper."
        ),
        goal_zh=(
            "让 `send king --async` 叫来 `coroutine`，普通发送的 `queue` 叫来 `animal`，"
            "都不出异常，也不用包装。"
        ),
        hint_en="`send_async` refuses plain functions, and `send` refuses coroutine functions.",
        hint_zh="`send_async` 不接受普通函数，`send` 不接受协程函数。",
        start="connect king coroutine animal",
        conditions=(
            CalledReceivers("king", "coroutine", is_async=True),
            CalledReceivers("queue", "animal"),
        ),
        solution="""
            disconnect king animal
            connect queue animal
        """,
    ),
    exercise(
        "muted",
        goal_en=(
            "The king sleeps: let no send of `king` call `animal`, which stays connected, so that "
            "`king.has_receivers_for` stays `True` for 大象."
        ),
        goal_zh="大王睡了：让 `king` 谁也叫不来，但 `animal` 仍连着，`king.has_receivers_for` 对大象仍回答 `True`。",
        hint_en="`has_receivers_for` ignores muting. A send with `--muted` unmutes the signal at its end.",
        hint_zh="`has_receivers_for` 不理会静音。带 `--muted` 的发送结束时会解除静音。",
        start="connect king animal",
        conditions=(
            PresentConnection("king", "animal"),
            ReceiversBySender("king"),
            HasReceiversAnswer("king", "大象", answer=True),
        ),
        solution="mute king",
    ),
    exercise(
        "connected-to",
        goal_en=(
            "Send `king` once from 狮子, so that `qq` is called and is not connected afterwards. `animal` "
            "goes on listening to 大象."
        ),
        goal_zh="以狮子的名义发送一次 `king`，叫来 `qq`，事后它不再连接。`animal` 照旧听大象的。",
        hint_en="`--connected-to` connects a receiver for one send, and then ends all its connections.",
        hint_zh="`--connected-to` 只为这一次发送连接接收者，完事后断开它的全部连接。",
        start="connect king animal --sender 大象",
        conditions=(
            RequiredSend("king", "狮子", {}, "qq"),
            AbsentConnection("king", "qq"),
            ReceiversBySender("king", {"大象": "animal"}),
        ),
        solution="send king 狮子 --connected-to qq",
    ),
    exercise(
        "weak",
        goal_en="Let `animal` hear `king` and `gate`, so that deleting it would end both connections.",
        goal_zh="让 `animal` 同时听 `king` 和 `gate`，而且它一被删除，两个连接就都断开。",
        hint_en="One strong connection keeps a receiver alive. Weak or strong is what the last `connect` says.",
        hint_zh="只要有一个强连接，接收者就不会消失。强还是弱，由最后一次 `connect` 决定。",
        start="""
            connect king animal --strong
            connect gate animal
        """,
        conditions=(
            PresentConnection("king", "animal", weak=True),
            PresentConnection("gate", "animal", weak=True),
        ),
        solution="connect king animal",
    ),
    exercise(
        "stale",
        goal_en=(
            "Let `king.has_receivers_for` tell the truth about 大象. For other senders nothing changes: "
            "`qq` hears 狮子, and no receiver hears the rest."
        ),
        goal_zh=(
            "让 `king.has_receivers_for` 对大象说真话。别的发送者一切照旧："
            "`qq` 听狮子的，其余的谁也不听。"
        ),
        hint_en=(
            "blinker keeps the empty entry of 大象 as long as the signal lives: fill it, or begin with a "
            "new signal."
        ),
        hint_zh="只要信号还在，blinker 就留着大象的空桶：要么让它有人，要么换一个新的信号。",
        start="""
            connect king animal --sender 大象
            connect king qq --sender 狮子
            disconnect king animal --sender 大象
        """,
        conditions=(
            HasReceiversAnswer("king", "大象", answer=None),
            ReceiversBySender("king", {"狮子": "qq", "大象": None}),
        ),
        solution="""
            remove king
            connect king qq --sender 狮子
        """,
    ),
    exercise(
        "sender-0",
        goal_en=(
            'Let `animal` hear only the integer 1: neither the text `"1"` nor a send without a sender.'
        ),
        goal_zh='让 `animal` 只听整数 1，不听文本 `"1"`，也不听不署名的发送。',
        hint_en="`:=` before a sender makes it JSON: `:=1` is the integer.",
        hint_zh="发送者前面加 `:=` 就是 JSON：`:=1` 是整数。",
        conditions=(ReceiversBySender("king", {1: "animal", "1": ""}),),
        solution="connect king animal --sender :=1",
    ),
    exercise(
        "meta-signals",
        goal_en="Let `qq` be called when a receiver connects to `king`, and `wechat` when one disconnects.",
        goal_zh="有接收者连接到 `king` 时叫 `qq`，有接收者断开时叫 `wechat`。",
        hint_en="They are signals of `king`: `king:receiver_connected` and `king:receiver_disconnected`.",
        hint_zh="它们是 `king` 的信号：`king:receiver_connected` 和 `king:receiver_disconnected`。",
        start="define king",
        conditions=(
            CalledReceivers("king:receiver_connected", "qq", payload={"sender": "大象"}),
            CalledReceivers("king:receiver_disconnected", "wechat", payload={"sender": "大象"}),
        ),
        solution="""
            connect king:receiver_connected qq
            connect king:receiver_disconnected wechat
        """,
    ),
)
