"""Pitfalls of connections: how they end, and what they leave behind."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

TRUTHS_OF_CONNECTING = (
    lesson(
        "weak",
        "Weak references",
        "弱引用",
        step(
            en="""A signal holds its receivers weakly: it does not keep them alive. When the last
            name of a function is deleted, the connection ends too, without a message.
            `signalcli help glossary` defines the words.""",
            zh="""信号默认用弱引用持有接收者，并不会让它活下去。函数的最后一个名字没了，
            连接也就悄悄消失。遇到不懂的词，请看 `signalcli help glossary`。""",
            commands="""
                signalcli connect king animal
                signalcli drop animal
                signalcli send king
            """,
            python="""
                from weakref import ref
                from blinker import signal

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal)
                look = ref(animal)
                del animal
                print("animal →", "alive" if look() else "gone")
                print(king.send())
            """,
        ),
        step(
            en="""This often affects functions defined within a function, and lambdas: when `camp`
            returns, Python deletes the weakly connected one. `weak=False` prevents that.""",
            zh="""最常见的受害者是函数里定义的函数，还有 lambda：`camp` 一返回，里面的小妖就没了。
            解药是 `weak=False`。""",
            commands="""
                signalcli connect king animal_one
                signalcli connect king animal_two --strong
                signalcli drop animal_one
                signalcli drop animal_two
                signalcli send king
            """,
            python="""
                def camp():
                    def animal_one(sender, **payload):
                        print("小钻风：大王有令，我记住了！")
                        return "小钻风记住了"

                    def animal_two(sender, **payload):
                        print("大钻风：大王有令，我也记住了！")
                        return "大钻风记住了"

                    king.connect(animal_one)
                    king.connect(animal_two, weak=False)
                    return ref(animal_one), ref(animal_two)

                one, two = camp()
                print("animal_one →", "alive" if one() else "gone")
                print("animal_two →", "alive" if two() else "gone")
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""A weak connection lasts as long as anything holds the function, such as a strong
            connection to another signal. Here `queue` holds `qq`, so the weak connection to `gate`
            lasts.""",
            zh="""只要还有谁拿着这个函数，弱连接就不会断，哪怕拿着它的是另一个信号的强连接：
            这里 `queue` 拿着 `qq`，`gate` 也跟着沾光。""",
            commands="""
                signalcli connect gate qq
                signalcli connect queue qq --strong
                signalcli drop qq
                signalcli send gate
            """,
            python="""
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                gate, queue = signal("gate"), signal("queue")
                gate.connect(qq)
                queue.connect(qq, weak=False)
                look = ref(qq)
                del qq
                print("qq →", "alive" if look() else "gone")
                for receiver, result in gate.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "stale",
        "has_receivers_for goes stale",
        "has_receivers_for 会过时",
        step(
            en="""After the only receiver of a sender is disconnected, `has_receivers_for` still
            returns `True`, because blinker keeps an empty bucket for the sender (see
            `signalcli help glossary`). `receivers_for` gives the correct answer.""",
            zh="""断开某个发送者唯一的接收者之后，`has_receivers_for` 仍说 `True`：
            blinker 留着那个空桶（见 `signalcli help glossary`）。`receivers_for` 的答案才靠得住。""",
            commands="""
                signalcli connect king animal --sender 大象
                signalcli disconnect king animal --sender 大象
                signalcli inspect king
                signalcli send king 大象
            """,
            python="""
                from blinker import ANY, signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                def ask(signal, sender):
                    answer = signal.has_receivers_for(sender)
                    names = [found.__name__ for found in signal.receivers_for(sender)]
                    print(f"has_receivers_for({sender}) → {answer}")
                    print(f"receivers_for({sender}) → {names}")

                king = signal("king")
                king.connect(animal, sender="大象")
                king.disconnect(animal, sender="大象")
                ask(king, ANY)
                ask(king, "大象")
                print(king.send("大象"))
            """,
        ),
        step(
            en="""Disconnecting a receiver that was never connected is not an error, and leaves an
            empty entry as well. No receiver ever listened to 狮子 here.""",
            zh="""更糟的是，断开从未建立的连接不算错误，同样会留下一个空桶。
            这里从来没有谁听过狮子的令。""",
            commands="""
                signalcli disconnect king animal --sender 狮子
                signalcli inspect king --sender 狮子
            """,
            python="""
                king.disconnect(animal, sender="狮子")
                ask(king, ANY)
                ask(king, "大象")
                ask(king, "狮子")
            """,
        ),
        step(
            en="""`disconnect` without a sender removes the receiver from the signal. When no
            receiver is left, all answers are correct again.""",
            zh="""不带发送者的 `disconnect` 会把接收者整个从信号上摘下来；
            一个接收者也不剩，答案就都对了。""",
            commands="""
                signalcli disconnect king animal
                signalcli inspect king
            """,
            python="""
                king.disconnect(animal)
                ask(king, ANY)
                ask(king, "大象")
                ask(king, "狮子")
            """,
        ),
    ),
    lesson(
        "sender-0",
        "The sender 0",
        "发送者 0",
        step(
            en="""0 is blinker's internal id of `ANY`, so no receiver can listen to the sender 0.
            blinker raises a bare `AssertionError`; signalcli refuses first, and gives the
            reason.""",
            zh="""0 是 blinker 内部给 `ANY` 的编号，所以谁也不能只听发送者 0。
            blinker 抛出一个光秃秃的 `AssertionError`；signalcli 则事先拒绝，并说明原因。""",
            commands="signalcli connect king animal --sender :=0",
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                try:
                    king.connect(animal, sender=0)
                except AssertionError as error:
                    print(type(error).__name__)
            """,
        ),
        step(
            en="""blinker raises too late: the receiver is connected already, to `ANY`, so every
            sender calls it. On the command line you have to ask for that explicitly.""",
            zh="""而且 blinker 的异常来得太迟：小妖已经连上了，连的还是 `ANY`，等于听所有人的。
            在命令行里，这得您自己明说才行。""",
            commands="""
                signalcli connect king animal
                signalcli send king 大鹏
            """,
            python="""
                for receiver, result in king.send("大鹏"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`False` equals 0 in Python, so no receiver can listen to it either. Other integers
            work as senders: write `:=1` for the integer 1. The text `"1"` is another sender.""",
            zh="""在 Python 里 `False` 就是 0，下场也一样。其他整数都可以当发送者：整数写作 `:=1`，
            而文本 `"1"` 是另一个发送者。""",
            commands="""
                signalcli connect queue animal --sender :=1
                signalcli send queue 1
                signalcli send queue :=1
            """,
            python="""
                queue = signal("queue")
                queue.connect(animal, sender=1)
                print(queue.send("1"))
                for receiver, result in queue.send(1):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "meta-signals",
        "Signals about signals",
        "关于信号的信号",
        step(
            en="""Every signal has a signal `receiver_connected`, which is sent at the end of each
            `connect`. Its payload has a key `sender`. The `/` in the parameters of `qq` makes its
            own `sender` positional-only, so that the two do not clash.""",
            zh="""每个信号都自带一个信号 `receiver_connected`，每次 `connect` 结束时发送。
            它的载荷里有个键就叫 `sender`，所以 `qq` 用 `/` 规定自己的 `sender` 只能按位置传入，免得两者冲突。""",
            commands="""
                signalcli connect king:receiver_connected qq
                signalcli connect king animal
            """,
            python="""
                from blinker import signal

                def qq(sender, /, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.receiver_connected.connect(qq)
                king.connect(animal)
            """,
        ),
        step(
            en="""`receiver_disconnected` is its counterpart, sent at the end of each
            `disconnect`.""",
            zh="""与之相对的是 `receiver_disconnected`，每次 `disconnect` 结束时发送。""",
            commands="""
                signalcli connect king:receiver_disconnected wechat
                signalcli disconnect king animal
            """,
            python="""
                def wechat(sender, /, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")

                king.receiver_disconnected.connect(wechat)
                king.disconnect(animal)
            """,
        ),
        step(
            en="""When a weak reference dies, no signal is sent: `qq` is called when the receiver
            connects, but `wechat` is not called when the receiver is deleted.""",
            zh="""弱引用失效时什么也不会发送：`qq` 听见小妖来了，`wechat` 却听不见它走。""",
            commands="""
                signalcli connect king animal_one
                signalcli drop animal_one
            """,
            python="""
                from weakref import ref

                def animal_one(sender, **payload):
                    print("小钻风：大王有令，我记住了！")
                    return "小钻风记住了"

                king.connect(animal_one)
                look = ref(animal_one)
                del animal_one
                print("animal_one →", "alive" if look() else "gone")
            """,
        ),
    ),
)
