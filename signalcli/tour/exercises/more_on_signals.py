"""Exercises of the lessons on section 4 of the article, on namespaces and on senders."""

from __future__ import annotations

from signalcli.tour.exercises.conditions import PresentConnection, ReceiversBySender, RequiredSend
from signalcli.tour.exercises.exercise import exercise

TEAM = {"team": ["小钻风", "大钻风"], "rounds": 3}

EXERCISES_ON_SIGNALS = (
    exercise(
        "4",
        goal_en=(
            "A filter is one whole sender: let `animal` and `qq` hear 大象 only. A send of `king` from "
            "大象/巡山 calls no receiver."
        ),
        goal_zh=(
            "过滤条件是一个完整的发送者：让 `animal` 和 `qq` 都只听大象的，"
            "大象/巡山发送的 `king` 谁也叫不来。"
        ),
        hint_en="`animal` still listens to `ANY`. `connect` takes several receivers.",
        hint_zh="`animal` 还听着 `ANY`。`connect` 可以一次连接好几个接收者。",
        start="connect king animal",
        conditions=(ReceiversBySender("king", {"大象": "animal qq", "大象/巡山": ""}),),
        solution="""
            disconnect king animal
            connect king animal qq --sender 大象
        """,
    ),
    exercise(
        "features",
        goal_en=(
            "Send `king` from 大象 with two items of payload: the integer 3 as `rounds`, and the list of "
            "小钻风 and 大钻风 as `team`."
        ),
        goal_zh=(
            "以大象的名义发送 `king`，带上两项载荷：整数 3 叫 `rounds`，小钻风和大钻风的列表叫 `team`。"
        ),
        hint_en="`rounds=3` is text. With `:=`, the rest of the word is JSON; quote it for the shell.",
        hint_zh="`rounds=3` 是文本。`:=` 后面写的是 JSON，别忘了加引号。",
        start="connect king echo",
        conditions=(RequiredSend("king", "大象", TEAM, "echo"),),
        solution="""send king 大象 rounds:=3 'team:=["小钻风", "大钻风"]'""",
    ),
    exercise(
        "same-name",
        goal_en=(
            "Let `king` of the namespace `zoo` call only `qq`, and `king` of blinker's own namespace only "
            "`animal`."
        ),
        goal_zh="让命名空间 `zoo` 里的 `king` 只叫来 `qq`，blinker 自带命名空间里的 `king` 只叫来 `animal`。",
        hint_en="`zoo/king` is the one, `king` the other.",
        hint_zh="一个写作 `zoo/king`，另一个写作 `king`。",
        start="connect zoo/king animal",
        conditions=(
            ReceiversBySender("zoo/king", otherwise="qq"),
            ReceiversBySender("king", otherwise="animal"),
        ),
        solution="""
            disconnect zoo/king animal
            connect zoo/king qq
            connect king animal
        """,
    ),
    exercise(
        "any-and-sender",
        goal_en="`animal` listens to `ANY` and to 大象. Let it listen to 大象 only.",
        goal_zh="`animal` 既听 `ANY` 又听大象。让它只听大象的。",
        hint_en="`disconnect` without a sender ends all connections, that to 大象 too.",
        hint_zh="不带发送者的 `disconnect` 会断开全部连接，包括听大象的那个。",
        start="""
            connect king animal
            connect king animal --sender 大象
        """,
        conditions=(
            PresentConnection("king", "animal"),
            ReceiversBySender("king", {"大象": "animal"}),
        ),
        solution="""
            disconnect king animal
            connect king animal --sender 大象
        """,
    ),
    exercise(
        "identity",
        goal_en=(
            'Let a send of `king` from the text `"1"` call only `qq`, one from the integer 1 only '
            "`animal`, and one from any other sender no receiver."
        ),
        goal_zh='让文本 `"1"` 发送的 `king` 只叫来 `qq`，整数 1 只叫来 `animal`，别的发送者谁也叫不来。',
        hint_en="`--sender 1` is text, `--sender :=1` the integer.",
        hint_zh="`--sender 1` 是文本，`--sender :=1` 是整数。",
        conditions=(ReceiversBySender("king", {"1": "qq", 1: "animal"}),),
        solution="""
            connect king qq --sender 1
            connect king animal --sender :=1
        """,
    ),
)
