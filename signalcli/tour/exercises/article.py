"""Exercises of the lessons on the article's sections."""

from __future__ import annotations

from signalcli.tour.exercises.conditions import (
    ANY,
    CalledReceivers,
    HasReceiversAnswer,
    OnlyConnection,
    PresentConnection,
    ReceiversBySender,
    RequiredSend,
    SignalWithoutReceivers,
    UndefinedSignal,
)
from signalcli.tour.exercises.exercise import exercise

SLOGAN = {"slogan": "提防孙行者"}

ARTICLE_EXERCISES = (
    exercise(
        "2.1",
        goal_en=(
            "`animal` was connected to `kng`, which is a typing error. Let a send of `king` without a "
            "sender call `animal`, and remove `kng`."
        ),
        goal_zh="有人把 `animal` 错连到了 `kng`。让不署名的 `king` 能叫来 `animal`，并且删掉 `kng`。",
        hint_en="`connect` defines a signal that doesn't exist. `remove` removes one.",
        hint_zh="`connect` 会顺手定义还不存在的信号，`remove` 则删掉一个。",
        start="connect kng animal",
        conditions=(ReceiversBySender("king", otherwise="animal"), UndefinedSignal("kng")),
        solution="""
            connect king animal
            remove kng
        """,
    ),
    exercise(
        "2.2",
        goal_en="Two caves, two anonymous signals: let `@roar` call only `qq`, and `@cave` only `wechat`.",
        goal_zh="两个洞，两个匿名信号：让 `@roar` 只叫来 `qq`，`@cave` 只叫来 `wechat`。",
        hint_en="The `@` belongs to the name: `cave` is a named signal. `disconnect` ends a connection.",
        hint_zh="`@` 也是名字的一部分：`cave` 是另一个有名字的信号。断开连接用 `disconnect`。",
        start="connect @roar qq wechat",
        conditions=(
            ReceiversBySender("@roar", otherwise="qq"),
            ReceiversBySender("@cave", otherwise="wechat"),
        ),
        solution="""
            disconnect @roar wechat
            connect @cave wechat
        """,
    ),
    exercise(
        "2.3",
        goal_en=(
            "Send `king` once from 大象, with the slogan 提防孙行者 as the payload `slogan`, so that all "
            "three receivers are called."
        ),
        goal_zh="以大象的名义发送一次 `king`，把口号“提防孙行者”作为载荷 `slogan` 带上，让三个接收者都被调用。",
        hint_en="A word with `=` is payload; a word without it is the sender.",
        hint_zh="带 `=` 的词是载荷，不带的那个词是发送者。",
        start="""
            connect king animal_one animal_two
            connect king qq --sender 大象
        """,
        conditions=(RequiredSend("king", "大象", SLOGAN, "animal_one animal_two qq"),),
        solution="send king 大象 slogan=提防孙行者",
    ),
    exercise(
        "2.4",
        goal_en="Let only 大鹏 be heard, by `animal` and by `qq`. Both stay connected to `king`.",
        goal_zh="让 `animal` 和 `qq` 都只听大鹏的，而且谁也不许离开 `king`。",
        hint_en="A receiver can listen to several senders. `disconnect --sender` ends one of them.",
        hint_zh="一个接收者可以听好几个发送者；`disconnect --sender` 只断开其中一个。",
        start="""
            connect king animal --sender 大鹏
            connect king qq --sender 大象
        """,
        conditions=(
            PresentConnection("king", "animal"),
            PresentConnection("king", "qq"),
            ReceiversBySender("king", {"大鹏": "animal qq"}),
        ),
        solution="""
            connect king qq --sender 大鹏
            disconnect king qq --sender 大象
        """,
    ),
    exercise(
        "2.5",
        goal_en=(
            "Do what these decorators do: `@king.connect` and `@queue.connect` above `animal_one`, and "
            "`@queue.connect` above `animal_two`."
        ),
        goal_zh=(
            "做到这些装饰器做的事：`animal_one` 上面写着 `@king.connect` 和 `@queue.connect`，"
            "`animal_two` 上面写着 `@queue.connect`。"
        ),
        hint_en="A decorator connects one function to one signal, for `ANY` sender.",
        hint_zh="一个装饰器把一个函数连接到一个信号，听 `ANY`，也就是所有发送者。",
        conditions=(
            ReceiversBySender("king", otherwise="animal_one"),
            ReceiversBySender("queue", otherwise="animal_one animal_two"),
        ),
        solution="""
            connect king animal_one
            connect queue animal_one animal_two
        """,
    ),
    exercise(
        "2.6",
        goal_en="Let `animal` listen to 大象 as with `@king.connect_via`: only to 大象, and held strongly.",
        goal_zh="让 `animal` 像用了 `@king.connect_via` 那样听大象的：只听大象，而且被强引用持有。",
        hint_en="`connect` is weak unless `--strong` is given. The last `connect` decides.",
        hint_zh="不写 `--strong` 的 `connect` 用的是弱引用；以最后一次连接为准。",
        start="connect king animal --sender 大象",
        conditions=(
            ReceiversBySender("king", {"大象": "animal"}),
            PresentConnection("king", "animal", weak=False),
        ),
        solution="connect king animal --sender 大象 --strong",
    ),
    exercise(
        "2.7",
        goal_en=(
            "Let `if king.receivers:` be true because of `animal`, and `if queue.receivers:` false. Both "
            "signals stay defined."
        ),
        goal_zh="让 `if king.receivers:` 因为 `animal` 而成立，`if queue.receivers:` 不成立。两个信号都要留着。",
        hint_en="`disconnect` without a sender removes a receiver from a signal.",
        hint_zh="不带发送者的 `disconnect` 会把接收者从信号上摘下来。",
        start="""
            connect queue animal
            define king
        """,
        conditions=(PresentConnection("king", "animal"), SignalWithoutReceivers("queue")),
        solution="""
            disconnect queue animal
            connect king animal
        """,
    ),
    exercise(
        "2.8",
        goal_en="Let `king.has_receivers_for` be `True` for 大象, and `False` for 白骨精 and for `ANY`.",
        goal_zh="让 `king.has_receivers_for` 对大象回答 `True`，对白骨精和 `ANY` 都回答 `False`。",
        hint_en="As long as a receiver listens to `ANY`, the answer is `True` for every sender.",
        hint_zh="只要有接收者听 `ANY`，对每个发送者的回答都是 `True`。",
        start="connect king animal",
        conditions=(
            HasReceiversAnswer("king", "大象", answer=True),
            HasReceiversAnswer("king", "白骨精", answer=False),
            HasReceiversAnswer("king", ANY, answer=False),
        ),
        solution="""
            disconnect king animal
            connect king animal --sender 大象
        """,
    ),
    exercise(
        "3.1",
        goal_en=(
            "Let `wechat` be called when a Flask request begins, and `qq` when its response is made, but not "
            "sent yet."
        ),
        goal_zh="让 `wechat` 在 Flask 请求开始时被调用，`qq` 在响应已生成、尚未发出时被调用。",
        hint_en="Flask's signals are in the namespace `flask`. `signalcli flask` lists them.",
        hint_zh="Flask 的信号在命名空间 `flask` 里，`signalcli flask` 会列出它们。",
        conditions=(
            ReceiversBySender("flask/request-started", otherwise="wechat"),
            ReceiversBySender("flask/request-finished", otherwise="qq"),
        ),
        solution="""
            connect flask/request-started wechat
            connect flask/request-finished qq
        """,
    ),
    exercise(
        "3.2",
        goal_en=(
            "Let the signal `msg` of Flask's namespace call only `qq`, and that of your own namespace "
            "`cave` only `wechat`."
        ),
        goal_zh="让 Flask 命名空间里的 `msg` 只叫来 `qq`，您自己的命名空间 `cave` 里的 `msg` 只叫来 `wechat`。",
        hint_en="The namespace is before the `/`: `flask/msg` and `cave/msg`.",
        hint_zh="`/` 前面是命名空间：`flask/msg` 和 `cave/msg`。",
        start="connect flask/msg qq wechat",
        conditions=(
            ReceiversBySender("flask/msg", otherwise="qq"),
            ReceiversBySender("cave/msg", otherwise="wechat"),
        ),
        solution="""
            disconnect flask/msg wechat
            connect cave/msg wechat
        """,
    ),
    exercise(
        "3.3",
        goal_en=(
            "`qq` now rings for every request. Let it ring only when a view raises an exception; `wechat` goes "
            "on ringing when a request starts."
        ),
        goal_zh="现在 `qq` 每次请求都响。让它只在视图抛出异常时才响；`wechat` 照旧在请求开始时响。",
        hint_en="The signal is `flask/got-request-exception`.",
        hint_zh="要用的信号是 `flask/got-request-exception`。",
        start="connect flask/request-started wechat qq",
        conditions=(
            ReceiversBySender("flask/request-started", otherwise="wechat"),
            CalledReceivers("flask/got-request-exception", "qq"),
            OnlyConnection("flask/got-request-exception", "qq"),
        ),
        solution="""
            disconnect flask/request-started qq
            connect flask/got-request-exception qq
        """,
    ),
)
