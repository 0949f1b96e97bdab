"""Pitfalls of sending: sender and payload, exceptions, and the order of receivers."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

TRUTHS_OF_SENDING = (
    lesson(
        "payload",
        "Sender or payload?",
        "发送者还是载荷？",
        step(
            en="""The first argument of `send` is the sender, never the content. `echo` returns what
            it was called with: here 巡山 is the sender, and the payload is empty.""",
            zh="""`send` 的第一个参数说的是谁在发，从来不是发什么。`echo` 原样返回收到的东西：
            这里“巡山”成了发送者，载荷却是空的。""",
            commands="""
                signalcli connect king echo
                signalcli send king 巡山
            """,
            python="""
                from blinker import signal

                def echo(sender, **payload):
                    return {"sender": sender, "payload": payload}

                king = signal("king")
                king.connect(echo)
                for receiver, result in king.send("巡山"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""Pass the content as keyword arguments, as many and as large as you need.""",
            zh="""要发的内容放进关键字参数，数量和大小都不限。""",
            commands="signalcli send king 大象 order=巡山 rounds:=3",
            python="""
                for receiver, result in king.send("大象", order="巡山", rounds=3):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""A receiver that does not accept the payload raises `TypeError`. Give your
            receivers `**payload` even if they do not read it, since a later send may pass more.""",
            zh="""接收者的参数表接收不了这些载荷，就会抛出 `TypeError`。就算用不上，
            也请写上 `**payload`：下一道令也许会多带点东西。""",
            commands="""
                signalcli connect queue strict
                signalcli send queue 大象
                signalcli send queue 大象 order=巡山
            """,
            python="""
                def strict(sender, /):
                    print("老钻风：我只认人，不收东西。")
                    return "老钻风点头"

                queue = signal("queue")
                queue.connect(strict)
                for receiver, result in queue.send("大象"):
                    print(receiver.__name__, "→", result)
                try:
                    queue.send("大象", order="巡山")
                except TypeError as error:
                    print(f"TypeError: {error}")
            """,
        ),
    ),
    lesson(
        "exception",
        "One exception stops the rest",
        "一个异常，后面全停",
        step(
            en="""One receiver raises an exception, and blinker's `send` ends there. `failing` listens to
            `ANY`, so it is called before `animal_two`, which listens to 大象 only and is not reached.""",
            zh="""一个小妖迷了路，blinker 的 `send` 就到此为止。`failing` 听 `ANY`，总排在前面；
            `animal_two` 只听大象，于是根本轮不到。""",
            commands="""
                signalcli connect king failing
                signalcli connect king animal_two --sender 大象
                signalcli send king 大象
            """,
            python="""
                from blinker import signal

                king = signal("king")

                @king.connect
                def failing(sender, **payload):
                    raise RuntimeError("小钻风在山里迷了路")

                @king.connect_via("大象")
                def animal_two(sender, **payload):
                    print(f"大钻风：{sender}大王有令，我也记住了！")
                    return "大钻风记住了"

                try:
                    print(king.send("大象"))
                except RuntimeError as error:
                    print(f"RuntimeError: {error}")
            """,
        ),
        step(
            en="""What came before is lost as well: `animal_one` was called, but the caller gets the
            exception instead of the results.""",
            zh="""先前的也白忙了：`animal_one` 明明跑了一趟，调用方拿到的却是异常，不是返回值。""",
            commands="""
                signalcli connect queue animal_one
                signalcli connect queue failing --sender 大象
                signalcli send queue 大象
            """,
            python="""
                queue = signal("queue")

                @queue.connect
                def animal_one(sender, **payload):
                    print(f"小钻风：{sender}大王有令，我记住了！")
                    return "小钻风记住了"

                queue.connect(failing, sender="大象")
                try:
                    print(queue.send("大象"))
                except RuntimeError as error:
                    print(f"RuntimeError: {error}")
            """,
        ),
        step(
            en="""blinker cannot go on after an exception. To call every receiver, catch each
            exception where it is raised: `--on-error continue` does that for every receiver; in
            Python, use a loop over `receivers_for`.""",
            zh="""blinker 没有“出错也继续”的发送方式。想让每个接收者都轮到，就得在出错处把异常收下来：
            `--on-error continue` 对每个接收者都这么做，在 Python 里对 `receivers_for` 写个循环即可。""",
            commands="signalcli send king 大象 --on-error continue",
            python="""
                results = []
                for receiver in king.receivers_for("大象"):
                    try:
                        results.append((receiver, receiver("大象")))
                    except Exception as error:
                        results.append((receiver, f"{type(error).__name__}: {error}"))
                for receiver, result in results:
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "order",
        "The order of receivers",
        "谁先谁后",
        step(
            en="""In blinker, the order is undefined: receivers are kept in a set, whose order may
            differ from run to run. `--unordered` uses such a set. Run this lesson again to
            compare.""",
            zh="""在 blinker 里谁也说不准：接收者放在集合（set）里，每次运行的顺序都可能不同。
            `--unordered` 用的就是这种集合，把这一课再跑一遍看看。""",
            commands="""
                signalcli define queue --unordered
                signalcli connect queue animal_one
                signalcli connect queue animal_two
                signalcli connect queue wechat
                signalcli connect queue qq
                signalcli send queue
            """,
            python="""
                from blinker import Signal, signal

                def animal_one(sender, **payload):
                    print(f"小钻风：{sender or ''}大王有令，我记住了！")
                    return "小钻风记住了"

                def animal_two(sender, **payload):
                    print(f"大钻风：{sender or ''}大王有令，我也记住了！")
                    return "大钻风记住了"

                def wechat(sender, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")
                    return "微信已提醒"

                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                queue = signal("queue")
                for receiver in (animal_one, animal_two, wechat, qq):
                    queue.connect(receiver)
                for receiver, result in queue.send():
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
        step(
            en="""blinker has a hook for a defined order: `set_class`. signalcli sets it to a set
            that keeps the order of connection, and so can you: a dict works, since its keys keep
            the order of insertion.""",
            zh="""在意顺序的人可以用 blinker 留下的挂钩 `set_class`。signalcli 换上了保持连接顺序的集合，
            您也可以：字典的键本来就按插入顺序排列，拿来一用就行。""",
            commands="""
                signalcli connect king animal_two
                signalcli connect king animal_one
                signalcli send king
            """,
            python="""
                class Ordered(dict):
                    add = dict.setdefault

                    def discard(self, item):
                        self.pop(item, None)

                Signal.set_class = Ordered
                king = signal("king")
                king.connect(animal_two)
                king.connect(animal_one)
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""Even then, receivers that listen to `ANY` come before those of a single sender:
            blinker joins the two sets in that order. Write receivers that do not depend on the
            order.""",
            zh="""即便如此，听 `ANY` 的总排在只听某个发送者的前面：blinker 就是按这个次序合并两个集合的。
            最好还是让接收者不依赖先后。""",
            commands="""
                signalcli connect roll qq --sender 大象
                signalcli connect roll animal_one
                signalcli send roll 大象
            """,
            python="""
                roll = signal("roll")
                roll.connect(qq, sender="大象")
                roll.connect(animal_one)
                for receiver, result in roll.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
)
