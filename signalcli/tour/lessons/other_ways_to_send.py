"""Pitfalls of other ways to send: async, muted, connected for a while."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

OTHER_WAYS_TO_SEND = (
    lesson(
        "async",
        "blinker supports async",
        "blinker 支持异步",
        step(
            en="""The article lists "no async" as a drawback of blinker. That is out of date. Only a
            plain `send` cannot call a coroutine function: it raises `RuntimeError`.""",
            zh="""文章把“不支持异步”列为 blinker 的缺点，这已经过时了。不能调用协程函数的，
            只是普通的 `send`：它会抛出 `RuntimeError`。""",
            commands="""
                signalcli connect king coroutine
                signalcli send king
            """,
            python="""
                from blinker import signal

                king = signal("king")

                @king.connect
                async def coroutine(sender, **payload):
                    print("顺风耳：消息在路上，等等就到。")
                    return "顺风耳听到了"

                try:
                    king.send()
                except RuntimeError as error:
                    print(f"RuntimeError: {error}")
            """,
        ),
        step(
            en="""Since version 1.6, blinker has `send_async`. It awaits the receivers one after the
            other, not concurrently.""",
            zh="""从 blinker 1.6 起就有了 `send_async`，它会等待每个接收者完成：
            是一个接一个地等，不是同时进行。""",
            commands="signalcli send king --async",
            python="""
                import asyncio

                for receiver, result in asyncio.run(king.send_async()):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`send_async` in turn refuses plain functions. A wrapper lets one send call both
            kinds: `--wrap` on the command line, `_sync_wrapper` in Python (`_async_wrapper` for a
            plain `send`).""",
            zh="""反过来，它也不接受普通函数。套一层包装，两种接收者就能听同一次发送：命令行用 `--wrap`，
            Python 用 `_sync_wrapper`（普通的 `send` 则用 `_async_wrapper`）。""",
            commands="""
                signalcli connect king animal
                signalcli send king --async --wrap
            """,
            python="""
                @king.connect
                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                def awaited(function):
                    async def call(sender, **payload):
                        return function(sender, **payload)

                    return call

                for receiver, result in asyncio.run(king.send_async(_sync_wrapper=awaited)):
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
    ),
    lesson(
        "muted",
        "Muting, and its after-effects",
        "静音，以及它的后果",
        step(
            en="""Within `muted()`, a send calls no receiver. It is meant for tests.""",
            zh="""在 `muted()` 里发送信号，谁也不会被调用。它是为测试准备的：嘘，大王睡了。""",
            commands="""
                signalcli connect king animal
                signalcli send king --muted
            """,
            python="""
                from blinker import ANY, signal

                king = signal("king")

                @king.connect
                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                with king.muted():
                    print(king.send())
            """,
        ),
        step(
            en="""`has_receivers_for` and `receivers_for` ignore muting: both report a receiver that
            no send would call.""",
            zh="""`has_receivers_for` 和 `receivers_for` 都不理会静音：
            它们报出的小妖，此刻谁也叫不醒。""",
            commands="""
                signalcli mute king
                signalcli inspect king
            """,
            python="""
                king.is_muted = True
                names = [found.__name__ for found in king.receivers_for(ANY)]
                print("has_receivers_for(ANY) →", king.has_receivers_for(ANY))
                print("receivers_for(ANY) →", names)
            """,
        ),
        step(
            en="""`muted()` cannot be nested. The signal was muted before, but the end of the block
            unmutes it, and the next send calls every receiver.""",
            zh="""`muted()` 不能嵌套。信号原本就是静音的，代码块一结束，静音照样被解除：
            下一次发送把大家全叫醒了。""",
            commands="""
                signalcli send king --muted
                signalcli send king
            """,
            python="""
                with king.muted():
                    print(king.send())
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "connected-to",
        "connected_to ends every connection",
        "connected_to 会断开一切",
        step(
            en="""`with king.connected_to(animal):` connects a receiver for the duration of the
            block. After the block it is disconnected.""",
            zh="""`with king.connected_to(animal):` 是临时雇一个小妖：代码块里它听令，
            出了代码块就散伙。""",
            commands="""
                signalcli define king
                signalcli send king --connected-to animal
                signalcli send king
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender or ''}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                with king.connected_to(animal):
                    results = king.send()
                for receiver, result in results:
                    print(receiver.__name__, "→", result)
                print(king.send())
            """,
        ),
        step(
            en="""The block ends with `disconnect(animal)`, which ends every connection of the
            receiver to this signal, including those made before the block.""",
            zh="""可它收尾时调用的是 `disconnect(animal)`，会断开小妖与这个信号的所有连接，
            连本想长久保留的那个也不例外。""",
            commands="""
                signalcli connect king animal --sender 大象
                signalcli send king 大象
                signalcli send king 狮子 --connected-to animal
                signalcli send king 大象
            """,
            python="""
                king.connect(animal, sender="大象")
                for receiver, result in king.send("大象"):
                    print(receiver.__name__, "→", result)
                with king.connected_to(animal):
                    results = king.send("狮子")
                for receiver, result in results:
                    print(receiver.__name__, "→", result)
                print(king.send("大象"))
            """,
        ),
    ),
)
